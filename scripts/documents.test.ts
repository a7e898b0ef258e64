import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./run-task.ts";

const documents = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "");
const scripts = (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> })
  .scripts;

test.each(documents)("%s leads only to what exists", (path) => {
  const text = readFileSync(join(ROOT, path), "utf8").replaceAll(/```[\s\S]*?```/g, "");
  const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)|src="([^"]+)"/g)].map(
    ([, link, image]) => link ?? image ?? "",
  );
  const missing = targets.filter(
    (target) => !/^(https?|mailto):/.test(target) && !existsSync(join(ROOT, dirname(path), target)),
  );
  expect(missing).toEqual([]);
});

test.each(documents)("%s names only commands that exist", (path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  const named = [...text.matchAll(/npm run ([a-z][\w:-]*)|npx pnpm (?!vitest|install|--)([a-z][\w:-]*)/g)];
  expect(named.map(([, npm, pnpm]) => npm ?? pnpm ?? "").filter((name) => !(name in scripts))).toEqual([]);
});

test("the page on the architecture says of every table what a row is", () => {
  const folder = join(ROOT, "packages/db/src/schema");
  const source = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  const tables = source.flatMap((text) => [...text.matchAll(/pgTable\(\s*"(\w+)"/g)].map(([, name = ""]) => name));
  expect(tables.length).toBeGreaterThan(20);
  const page = readFileSync(join(ROOT, "docs/architecture.md"), "utf8");
  const told = page.split("\n").flatMap((line) => (/^\|((?: `\w+`,?)+) +\|/.exec(line)?.[1] ?? "").match(/\w+/g) ?? []);
  expect(told.toSorted(byName)).toEqual(tables.toSorted(byName));
});

function byName(a: string, b: string): number {
  return a.localeCompare(b);
}
