import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const DOCS = join(import.meta.dirname, "../../../../docs");
const text = readFileSync(join(DOCS, "security.md"), "utf8");
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:case|attack or accident|---)/.test(line));

/** How many cases each kind has. */
const CASES = { H: 22, J: 16, K: 9, C: 12, L: 5, B: 15, D: 8, E: 12 } as const;

test("docs/security.md has every case once, and each row names tests that are there", () => {
  const named = rows.flatMap((row) => row.split("|")[1]?.match(/[A-Z]\d+/g) ?? []);
  const all = Object.entries(CASES).flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, index) => `${kind}${index + 1}`),
  );
  expect(named.toSorted()).toEqual(all.toSorted());
  for (const row of rows) {
    const files = [...row.matchAll(/\]\(([^)]+)\)/g)].map(([, file = ""]) => file);
    expect({ row, tests: files.filter((file) => file.endsWith(".test.ts")).length > 0 }).toEqual({ row, tests: true });
    for (const file of files) expect({ file, exists: existsSync(join(DOCS, file)) }).toEqual({ file, exists: true });
  }
});
