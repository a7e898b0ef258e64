import { type Html, html } from "./html.ts";

export const STYLE_PATH = "/v1/docs/style.css";

/** The headers of every page. It runs no script, and loads nothing but its style from here. */
export const PAGE_HEADERS = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex, nofollow",
} as const;

/** A whole page. */
export function page({ title, nav, content }: { title: string; nav?: Html; content: Html }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${STYLE_PATH}" />
      </head>
      <body>
        ${nav ?? ""}
        <main>${content}</main>
      </body>
    </html>`.text;
}
