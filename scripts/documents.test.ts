import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
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
