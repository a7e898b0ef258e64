import { build } from "esbuild";

// Node does not strip JSX, so the templates are compiled before anything runs them.
//
// react-email is bundled and the rest is not: what the templates use of it is small, while the package as installed also
// brings a preview server (socket.io, babel, tailwind) that has no business on a machine that sends mail. Its prettier
// is loaded only by a function that nothing here calls.
await build({
  entryPoints: { index: "src/index.ts", preview: "src/preview/render-previews.ts" },
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node26",
  format: "esm",
  jsx: "automatic",
  sourcemap: true,
  external: ["@relink/*", "colorjs.io", "nodemailer", "react", "react-dom", "prettier"],
  logLevel: "warning",
});
