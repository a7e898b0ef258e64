import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const stores = "./scripts/vitest-global-setup.ts";
const everywhere = {
  exclude: ["**/node_modules/**", "**/dist/**"],
  // All cores: most tests wait for a server, a browser or a timer.
  maxWorkers: "100%",
  // To load everything anew for each file would take a third of the time. No file mocks a module, or leaves anything global.
  isolate: false,
};

/** Vitest begins with the largest file where it does not know yet how long each takes. This one is small, and takes longest. */
const LONGEST = "short.faults.test.ts";
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLongest = ({ moduleId }: TestSpecification) => moduleId.endsWith(LONGEST);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ["default", ["json", { outputFile: "node_modules/.cache/vitest-report.json" }]],
    projects: [
      {
        test: {
          ...everywhere,
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...everywhere.exclude, "**/*.{integration,browser,faults}.test.ts"],
          // The longest takes two seconds alone; a machine with other work on it may be five times slower.
          testTimeout: 20_000,
        },
      },
      {
        test: {
          ...everywhere,
          name: "integration",
          include: ["**/*.integration.test.ts"],
          globalSetup: stores,
          testTimeout: 20_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          ...everywhere,
          name: "browser",
          include: ["**/*.browser.test.ts"],
          globalSetup: stores,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...everywhere,
          name: "faults",
          include: ["**/*.faults.test.ts"],
          globalSetup: stores,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // They kill and halt what they have started: among themselves they may run, beside nothing else.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
