import type { BankAction, EpisodeCause, Language } from "@relink/core";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import type { PanelName } from "../panels.ts";
import { type AddressPage, AddressPanel, titleOf } from "./address-page.tsx";
import { type About, contentOf, noticeOf } from "./contents.tsx";
import { Drawings } from "./marks.tsx";
import { Fill, Panel } from "./panel.tsx";
import { namesOf, type NoticeName, TEXTS } from "./texts/index.ts";

export { ADDRESS_ANSWERS, type AddressAnswer, type AddressPage } from "./address-page.tsx";
export type { NoticeName } from "./texts/index.ts";

/** The paths of the style sheets and of the script, as a browser asks for them. */
export interface AssetPaths {
  style: string;
  script: string;
  /** The colours of the company, after the others. */
  brandStyle?: string | undefined;
}

/** Whose page it is. */
export interface Brand {
  /** How the product is called. */
  product: string;
  /** Shown in the place of the name. */
  logoUrl?: string | undefined;
  /** Where people may ask for help. */
  supportAddress?: string | undefined;
}

interface PageFrame {
  language: Language;
  brand: Brand;
  assets: AssetPaths;
}

export interface LinkPage extends PageFrame {
  panel: PanelName;
  cause: EpisodeCause;
  /** As the provider names it; null says "your bank". */
  bank: string | null;
  bankAction: BankAction | null;
  /** For `expiring`. */
  ends: { at: Date; isByBank: boolean } | null;
  isMuted: boolean;
  /** For the script: it takes the token out of the address as soon as the page is there. */
  token: string;
  /** The session whose end is to be asked about; for `returned`. */
  session?: string | undefined;
  plaidScriptUrl: string;
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
  "plaid_down",
  "blocked",
  "busy",
  "expired",
  "mail_asked",
  "fixed",
  "older_mail",
  "displaced",
  "removed",
  "degraded",
  "needs_new_item",
  "cannot_renew",
  "needs_developer",
];

const FOLLOWING_EXPIRED: readonly PanelName[] = ["mail_asked", "unreachable", "plaid_down", "busy"];

/**
 * The page behind a deep link. All that it can come to say is in it from the start, hidden, so that every text is
 * written and escaped in one place, and the script only shows and hides.
 */
export function renderLinkPage(page: LinkPage): string {
  const { panel, language, brand, token, plaidScriptUrl } = page;
  const names = namesOf(TEXTS[language], brand.product, page.bank);
  const about: About = { ...page, names };
  const contents = [panel, ...followersOf(panel, about)].map((name) => [name, contentOf(name, about)] as const);
  return html(
    <Frame {...page} title={contentOf(panel, about).title}>
      <main data-token={token} data-session={page.session} data-plaid-script={plaidScriptUrl}>
        {contents.map(([name, content]) => (
          <Panel key={name} {...{ name, content, names, language }} isHidden={name !== panel} />
        ))}
        <p className="visually-hidden" role="status" data-status />
      </main>
      <script src={page.assets.script} defer />
    </Frame>,
  );
}

function followersOf(panel: PanelName, about: About): readonly PanelName[] {
  if (panel === "expired") return FOLLOWING_EXPIRED;
  const canGoOn = panel === "returned" || contentOf(panel, about).action !== undefined;
  return canGoOn ? FOLLOWING.filter((name) => name !== panel) : [];
}

/** A page about no link in particular: without a script, the same for everybody. */
export function renderNotice(name: NoticeName, frame: PageFrame): string {
  const { language, brand } = frame;
  const content = noticeOf(name, language, brand.product);
  const names = namesOf(TEXTS[language], brand.product, null);
  return html(
    <Frame {...frame} title={content.title}>
      <main>
        <Panel name="notice" {...{ content, names, language }} isHidden={false} />
      </main>
    </Frame>,
  );
}

/**
 * Where the reader of a team's mail can pause these mails. In English, as everything that teams read.
 *
 * Works without a script: the button sends a form, and what it sends is what a mail program sends by itself (RFC 8058).
 */
export function renderTeamMailPage(
  { isOn, subscriptionId }: { isOn: boolean; subscriptionId: string },
  frame: Omit<PageFrame, "language">,
): string {
  const title = isOn ? "Pause these mails?" : "These mails are paused";
  return html(
    <Frame {...frame} language="en" title={title}>
      <main>
        <section className="panel" aria-labelledby="title">
          <h1 id="title">{title}</h1>
          <p className="lead">
            {isOn
              ? "Relink mails your team when connections break and when they work again. Once paused, nothing is sent to this address, and nothing is lost."
              : "Nothing is sent to this address. What happens meanwhile waits, and is sent once somebody of your team resumes the subscription."}
          </p>
          {isOn && (
            <form method="post" className="action">
              <input type="hidden" name="List-Unsubscribe" value="One-Click" />
              <button type="submit" className="button">
                Pause these mails
              </button>
            </form>
          )}
          <p className="note">{`Subscription ${subscriptionId}`}</p>
        </section>
      </main>
    </Frame>,
  );
}

/** Where the reader of an address says whether a team may have it mailed. */
export function renderAddressPage(page: AddressPage, frame: Omit<PageFrame, "language">): string {
  return html(
    <Frame {...frame} language="en" title={titleOf(page)}>
      <main>
        <AddressPanel page={page} product={frame.brand.product} />
      </main>
    </Frame>,
  );
}

function Frame({ language, brand, assets, title, children }: PageFrame & { title: string; children: ReactNode }) {
  return (
    <html lang={language}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff" />
        <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#14181f" />
        <meta name="robots" content="noindex, nofollow" />
        {/* Keeps iOS from turning names and numbers into links. */}
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
        <title>{`${title} · ${brand.product}`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assets.style} />
        {assets.brandStyle !== undefined && <link rel="stylesheet" href={assets.brandStyle} />}
      </head>
      <body>
        <Drawings />
        <div className="page">
          <header>
            {brand.logoUrl === undefined ? (
              brand.product
            ) : (
              // Whoever keeps the picture need not know which page it is on.
              <img className="logo" src={brand.logoUrl} alt={brand.product} referrerPolicy="no-referrer" />
            )}
          </header>
          {children}
          {brand.supportAddress !== undefined && (
            <footer>
              <Fill text={TEXTS[language].support} slot="{address}">
                <a href={`mailto:${brand.supportAddress}`}>{brand.supportAddress}</a>
              </Fill>
            </footer>
          )}
        </div>
      </body>
    </html>
  );
}

function html(element: ReactNode): string {
  return `<!doctype html>${renderToStaticMarkup(element)}`;
}
