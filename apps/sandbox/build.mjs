import { copyFile, mkdir } from "node:fs/promises";
import { build } from "esbuild";

const source = new URL("src/browser/", import.meta.url);
const target = new URL("dist/", import.meta.url);

await mkdir(target, { recursive: true });
await build({
  entryPoints: ["link-initialize", "link", "inbox"].map((name) => new URL(`${name}.ts`, source).pathname),
  outdir: target.pathname,
  bundle: true,
  format: "iife",
  target: "es2022",
});
for (const file of ["link.html", "link.css", "inbox.html", "inbox.css"])
  await copyFile(new URL(file, source), new URL(file, target));
