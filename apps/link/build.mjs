import { rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { build } from "esbuild";

await rm("dist", { recursive: true, force: true });

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
const nameOf = (extension) =>
  Object.keys(assets.metafile.outputs)
    .map((path) => basename(path))
    .find((name) => name.endsWith(extension));
await writeFile("dist/assets.json", JSON.stringify({ script: nameOf(".js"), style: nameOf(".css") }));
