import { readdir, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build } from "esbuild";

// Node does not strip JSX, so the pages are compiled before anything renders them.
await build({
  entryPoints: { pages: "src/pages/index.tsx" },
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node26",
  format: "esm",
  jsx: "automatic",
  sourcemap: true,
  external: ["@relink/*", "react", "react-dom"],
  logLevel: "warning",
});

// What the browser gets. The hash in a name changes with the content, so browsers may keep the files for ever.
const assets = await build({
  entryPoints: { link: "src/browser/main.ts", page: "src/browser/page.css" },
  outdir: "dist/assets",
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  target: ["es2022", "safari16"],
  format: "iife",
  metafile: true,
  logLevel: "warning",
});
const names = Object.keys(assets.metafile.outputs).map((path) => basename(path));
const nameOf = (extension) => names.find((name) => name.endsWith(extension));
await writeFile("dist/assets.json", JSON.stringify({ script: nameOf(".js"), style: nameOf(".css") }));

// Last, so that a page that is being served meanwhile does not lose its files.
for (const name of await readdir("dist/assets")) {
  if (!names.includes(name)) await rm(`dist/assets/${name}`);
}
