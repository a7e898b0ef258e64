import { migrate } from "@relink/db";
import { provideStores } from "@relink/testkit/vitest-global-setup";
import type { TestProject } from "vitest/node";

/** One Postgres and one Redis for the projects of a run that need them. */
export function setup(project: TestProject): Promise<() => Promise<void>> {
  return provideStores(project, migrate);
}
