import { join } from "node:path";
import express, { type Router } from "express";

const DIST = join(import.meta.dirname, "..", "dist");

/** The inbox shows mails in a frame of its own origin; nothing comes from elsewhere. */
const INBOX_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/** Link lives in a frame on any page that embeds it, as Plaid's does. */
const LINK_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";
/** Hosted Link is a page of its own. */
const HOSTED_LINK_POLICY = `${LINK_POLICY}; frame-ancestors 'none'`;

const FILES: readonly { path: string; file: string; policy?: string }[] = [
  { path: "/", file: "inbox.html", policy: INBOX_POLICY },
  { path: "/inbox.js", file: "inbox.js" },
  { path: "/inbox.css", file: "inbox.css" },
  { path: "/link/v2/stable/link-initialize.js", file: "link-initialize.js" },
  { path: "/link/v2/stable/link.html", file: "link.html", policy: LINK_POLICY },
  { path: "/hl/:id", file: "link.html", policy: HOSTED_LINK_POLICY },
  { path: "/link/v2/stable/link.js", file: "link.js" },
  { path: "/link/v2/stable/link.css", file: "link.css" },
];

/** What a browser loads: the inbox, and Link with its script. The files are made by this package's `build` script. */
export function pages(): Router {
  const router = express.Router();
  for (const { path, file, policy } of FILES) {
    router.get(path, (_request, response) => {
      response.set({ "x-content-type-options": "nosniff", "cache-control": "no-cache" });
      if (policy !== undefined) response.set({ "content-security-policy": policy, "referrer-policy": "no-referrer" });
      response.sendFile(join(DIST, file), { etag: true }, (error) => {
        if (error === undefined || response.headersSent) return;
        response.status(503).type("text/plain").send("the pages are not built: pnpm --filter @relink/sandbox build");
      });
    });
  }
  return router;
}
