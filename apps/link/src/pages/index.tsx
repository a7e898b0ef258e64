import type { BankAction } from "@relink/core";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import type { PanelName } from "../panels.ts";
import { contentsOf, type NoticeName, noticesOf } from "./contents.tsx";
import { Drawings } from "./marks.tsx";
import { type Names, Panel } from "./panel.tsx";

export type { NoticeName } from "./contents.tsx";

/** The paths of the style sheet and of the script, as a browser asks for them. */
export interface AssetPaths {
  style: string;
  script: string;
}

export interface LinkPage {
  panel: PanelName;
  product: string;
  /** As the provider names it; null says "your bank". */
  bank: string | null;
  /** What is to be done at the bank first; for `bank_action`. */
  bankAction: BankAction | null;
  /** For the script: it takes the token out of the address as soon as the page is there. */
  token: string;
  plaidScriptUrl: string;
  assets: AssetPaths;
}

/** What a panel with a button can be followed by, without another page being loaded. */
const FOLLOWING: readonly PanelName[] = [
  "ready",
  "restart",
  "checking",
  "done",
  "later",
  "closed",
  "failed",
  "unreachable",
  "blocked",
  "busy",
  "expired",
  "fixed",
  "older_mail",
  "removed",
  "degraded",
  "needs_new_item",
  "revoked",
  "needs_developer",
];

/**
 * The page behind a deep link. All that it can come to say is in it from the start, hidden, so that every text is
 * written and escaped in one place, and the script only shows and hides.
 */
export function renderLinkPage(page: LinkPage): string {
  const names: Names = { product: page.product, bank: page.bank ?? "your bank" };
  const contents = contentsOf(names, page.bankAction);
  const hasAction = contents[page.panel].action !== undefined;
  const following = hasAction ? FOLLOWING.filter((name) => name !== page.panel) : [];
  return html(
    <Frame title={contents[page.panel].title} product={page.product} assets={page.assets}>
      <main data-token={page.token} data-plaid-script={page.plaidScriptUrl}>
        {[page.panel, ...following].map((name) => (
          <Panel key={name} name={name} content={contents[name]} names={names} isHidden={name !== page.panel} />
        ))}
      </main>
      <p className="visually-hidden" role="status" data-status />
      <script src={page.assets.script} defer />
    </Frame>,
  );
}

/** A page about no link in particular: without a script, the same for everybody. */
export function renderNotice(name: NoticeName, options: { product: string; assets: AssetPaths }): string {
  const content = noticesOf(options.product)[name];
  const names: Names = { product: options.product, bank: "your bank" };
  return html(
    <Frame title={content.title} product={options.product} assets={options.assets}>
      <main>
        <Panel name="notice" content={content} names={names} isHidden={false} />
      </main>
    </Frame>,
  );
}

function Frame(props: { title: string; product: string; assets: AssetPaths; children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
        <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#14181f" />
        <meta name="robots" content="noindex, nofollow" />
        {/* Keeps iOS from turning names and numbers into links. */}
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
        <title>{`${props.title} · ${props.product}`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={props.assets.style} />
      </head>
      <body>
        <Drawings />
        <div className="page">
          <header>{props.product}</header>
          {props.children}
        </div>
      </body>
    </html>
  );
}

function html(element: ReactNode): string {
  return `<!doctype html>${renderToStaticMarkup(element)}`;
}
