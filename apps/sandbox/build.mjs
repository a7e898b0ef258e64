import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build } from "esbuild";

const source = new URL("src/browser/", import.meta.url);
const target = new URL("dist/", import.meta.url);

await mkdir(target, { recursive: true });
const { outputFiles } = await build({
  entryPoints: ["link-initialize", "link", "inbox"].map((name) => new URL(`${name}.ts`, source).pathname),
  outdir: target.pathname,
  bundle: true,
  format: "iife",
  target: "es2022",
  write: false,
});
for (const { path, contents } of outputFiles) await put(basename(path), contents);
for (const file of ["link.html", "link.css", "inbox.html", "inbox.css"])
  await put(file, await readFile(new URL(file, source)));

/** Each at once: a sandbox that runs meanwhile serves the old file or the new one, and never half of it. */
async function put(name, contents) {
  const draft = new URL(`${name}.${process.pid}`, target);
  await writeFile(draft, contents);
  await rename(draft, new URL(name, target));
}
