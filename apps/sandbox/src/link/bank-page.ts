const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #eef2f7; color: #14213d; }
  main { max-width: 26rem; margin: 10vh auto; padding: 2rem 1.5rem; background: #fff; border-radius: 12px; }
  .tag { font-size: .8rem; color: #51607a; }
  button { font: inherit; width: 100%; padding: .75rem; margin-top: .75rem; border-radius: 8px; cursor: pointer;
    border: 1px solid #1d3f8f; background: #1d3f8f; color: #fff; }
  button.plain { background: #fff; color: #1d3f8f; }
  @media (max-width: 30rem) { main { margin: 0; min-height: 100vh; box-sizing: border-box; border-radius: 0; } }
`;

/** No `form-action`: the answer to the form leads to the application's own address, which this page cannot know. */
export const BANK_PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function document(title: string, content: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head>
<body><main><p class="tag">Sandbox: this is not a real bank</p>${content}</main></body></html>`;
}

/** The bank's own page, where the user allows or denies the application. */
export function bankPage(login: { bank: string; application: string }): string {
  const bank = escapeHtml(login.bank);
  return document(
    bank,
    `<h1>${bank}</h1><p><strong>${escapeHtml(login.application)}</strong> asks to read your accounts.</p>
<form method="post"><button name="decision" value="allow">Allow</button>
<button class="plain" name="decision" value="deny">Deny</button></form>`,
  );
}

export function bankPageGone(): string {
  return document(
    "Nothing to decide",
    "<h1>Nothing to decide here</h1><p>This login is over. Close this page and start again.</p>",
  );
}
