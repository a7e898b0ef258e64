import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { renderTypes, TYPES_FILE } from "./render-types.ts";

test("the types are those of the API as it is", async () => {
  const [kept, wanted] = await Promise.all([readFile(TYPES_FILE, "utf8"), renderTypes()]);
  // Not by their texts: the report would be thousands of lines long.
  expect(kept === wanted, "run `pnpm --filter @relink/client generate` and commit what it changes").toBe(true);
}, 60_000);
