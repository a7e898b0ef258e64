import { randomUUIDv7 } from "node:crypto";
import type { ItemStatus } from "@relink/core";
import {
  countLinkSessions,
  databaseNow,
  findEpisode,
  findFreshLinkSession,
  insertLinkSession,
  type ItemRow,
  openSealed,
  seal,
} from "@relink/db";
import { askAboutItem, itemFact, publishEvents, toItemStatus } from "@relink/items";
import {
  PlaidApiError,
  type PlaidClient,
  type TokenHasher,
  type UpdateLinkOptions,
  type UpdateLinkToken,
} from "@relink/plaid";
import { type Secret, showId } from "@relink/service";
import { LRUCache } from "lru-cache";
import { asksForAccounts } from "./account-selection.ts";
import type { LinkTokenAnswer } from "./answers.ts";
import { isRepairable, panelFor, panelForClosed } from "./choose-panel.ts";
import type { ConfirmDeps } from "./confirm-repair.ts";
import { writeCookie } from "./cookies.ts";
import type { FoundLink } from "./find-link.ts";
import { linkLanguage } from "./link-language.ts";
import { problem, problemFor, type Reply } from "./reply.ts";

export interface PressDeps extends ConfirmDeps {
  plaid: Pick<PlaidClient, "getItem" | "createUpdateLinkToken">;
  hashToken: TokenHasher;
  productName: string;
  countryCodes: readonly string[];
  /** Whether Link runs in our page or on Plaid's. */
  linkMode: "embedded" | "hosted";
  /** The pages' origin: the bank and Plaid send the user back to paths of it. */
  publicUrl: string;
}

/** Link is opened with a token that lives at least this long, so that it does not end under somebody's hands. */
const MINIMUM_LIFE_MS = 5 * 60_000;
const MAX_TOKENS_PER_MINUTE = 5;
const MAX_TOKENS_PER_DAY = 20;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How many addresses of Plaid's pages are kept, each for as long as its link token may still be given out. */
const MAX_HOSTED = 10_000;
const HOSTED_LIFE_MS = 25 * MINUTE_MS;

interface OpenSession {
  id: string;
  linkToken: Secret;
  /** Where Plaid shows Link; null if our page does. */
  hostedUrl: string | null;
}

/** A press of the button. */
export interface Press {
  /** To go on with the session that was left for the bank. */
  isResume: boolean;
  /** The bank's answer that came to this browser although another one had left for it. */
  returnedStateId: string | null;
  /** What the page speaks, for a user whose locale is not known. */
  pageLanguage: string;
}

/** What the button does: asks Plaid how the Item is, and makes a link token if update mode can do something about it. */
export function createPressButton(deps: PressDeps) {
  const redirectUri = `${deps.publicUrl}/oauth-return`;
  // Two presses at once, a double click for instance, make one token.
  const underWay = new Map<string, Promise<OpenSession | Reply>>();
  // Held here alone, since whoever has the address can use the link token. A press that reaches another process makes
  // another one.
  const hostedUrls = new LRUCache<string, string>({ max: MAX_HOSTED, ttl: HOSTED_LIFE_MS });

  async function press(link: FoundLink, options: Press): Promise<Reply> {
    const { item, episode, hasNewer, subject } = link;
    if (episode.closedAt !== null) return instead(panelForClosed(episode.closeReason, toItemStatus(item), hasNewer));

    const limited = await deps.askLimit(item.id);
    if (!limited.ok) return refuseTooMany(link, limited.retryAfterSeconds);
    const asked = await askAboutItem(deps, item.id);
    if (asked.kind === "no_answer") return { ...problemFor(asked.error), subject };
    if (asked.kind === "no_item") return instead(panelForClosed("removed", toItemStatus(item), hasNewer));
    // The answer may have ended the episode, or put another one in its place.
    const now = await findEpisode(deps.db, episode.id);
    if (now !== null && now.closedAt !== null) return instead(panelForClosed(now.closeReason, asked.status, hasNewer));
    const panel = panelFor(asked.status, episode.cause, hasNewer);
    if (!isRepairable(panel)) return instead(panel);

    const isReturn = options.isResume || options.returnedStateId !== null;
    const left = isReturn ? await findSession(link, 0) : null;
    if (options.isResume && left === null) return instead("restart");
    const session = left ?? (await share(episode.id, () => findOrCreateSession(link, asked.status, options)));
    if ("status" in session) return session;

    const shownSession = showId("lks", session.id);
    if (session.hostedUrl !== null) {
      return {
        status: 200,
        body: { json: { state: "hosted", hosted_url: session.hostedUrl } },
        outcome: "hosted",
        subject: { ...subject, session: shownSession },
        headers: { "set-cookie": writeCookie("link", link.token) },
      };
    }
    const json: LinkTokenAnswer = {
      state: "ready",
      link_token: session.linkToken.reveal(),
      session: shownSession,
      ...(left !== null &&
        options.returnedStateId !== null && {
          received_redirect_uri: `${redirectUri}?oauth_state_id=${options.returnedStateId}`,
        }),
    };
    const cookies = [writeCookie("link", link.token)];
    if (options.returnedStateId !== null) cookies.push(writeCookie("return", null));
    return {
      status: 200,
      body: { json },
      outcome: isReturn && left !== null ? "resumed" : "ready",
      subject: { ...subject, session: shownSession },
      headers: { "set-cookie": cookies },
    };

    function instead(state: Exclude<LinkTokenAnswer["state"], "ready" | "hosted">): Reply {
      return { status: 200, body: { json: { state } }, outcome: state, subject };
    }
  }

  function share(key: string, work: () => Promise<OpenSession | Reply>): Promise<OpenSession | Reply> {
    const shared = underWay.get(key) ?? work().finally(() => underWay.delete(key));
    underWay.set(key, shared);
    return shared;
  }

  async function findSession({ item, episode }: FoundLink, minimumLifeMs: number): Promise<OpenSession | null> {
    const row = await findFreshLinkSession(deps.db, episode.id, minimumLifeMs);
    if (row === null || row.linkToken === null) return null;
    const hostedUrl = hostedUrls.get(row.id) ?? null;
    // Plaid's page is over once it was left; Link in our own page can be opened again.
    if (row.mode === "hosted" && (hostedUrl === null || row.outcome !== null)) return null;
    return { id: row.id, linkToken: openSealed(row.linkToken, placeOf(row.id, item), deps.encryptionKeys), hostedUrl };
  }

  async function findOrCreateSession(
    link: FoundLink,
    status: ItemStatus,
    { pageLanguage }: Press,
  ): Promise<OpenSession | Reply> {
    const { item, episode } = link;
    const fresh = await findSession(link, MINIMUM_LIFE_MS);
    if (fresh !== null) return fresh;
    if ((await countLinkSessions(deps.db, episode.id, MINUTE_MS)) >= MAX_TOKENS_PER_MINUTE) {
      return refuseTooMany(link, 60);
    }
    if ((await countLinkSessions(deps.db, episode.id, DAY_MS)) >= MAX_TOKENS_PER_DAY) {
      return refuseTooMany(link, 3_600);
    }

    const id = randomUUIDv7();
    let created: UpdateLinkToken;
    try {
      created = await deps.plaid.createUpdateLinkToken(
        openSealed(
          item.accessToken,
          { column: "items.access_token", rowId: item.id, environment: item.environment },
          deps.encryptionKeys,
        ),
        linkOptions(link, status, pageLanguage, showId("lks", id)),
        { itemId: item.id, userId: item.userId },
      );
    } catch (error) {
      const isForGood = status.kind === "revoked" && error instanceof PlaidApiError && !error.retryable;
      if (!isForGood) throw error;
      return { status: 200, body: { json: { state: "cannot_renew" } }, outcome: "cannot_renew", subject: link.subject };
    }
    const hostedUrl = deps.linkMode === "hosted" ? created.hostedUrl : null;
    await deps.db.transaction(async (tx) => {
      await insertLinkSession(tx, {
        id,
        episodeId: episode.id,
        itemId: item.id,
        linkToken: seal(created.linkToken, placeOf(id, item), deps.encryptionKeys),
        linkTokenHash: deps.hashToken(created.linkToken.reveal()),
        mode: hostedUrl === null ? "embedded" : "hosted",
        requestId: created.requestId,
        expiresAt: created.expiresAt,
      });
      const about = { item, status, episodeId: episode.id, at: await databaseNow(tx) };
      await publishEvents(tx, [itemFact("reauth.link_opened", { ...about, data: {} })]);
    });
    if (hostedUrl !== null) hostedUrls.set(id, hostedUrl);
    return { id, linkToken: created.linkToken, hostedUrl };
  }

  function linkOptions(
    { item, episode, locale }: FoundLink,
    status: ItemStatus,
    language: string,
    session: string,
  ): UpdateLinkOptions {
    return {
      clientName: deps.productName,
      language: linkLanguage(locale ?? language),
      countryCodes: deps.countryCodes,
      redirectUri,
      clientUserId: showId("usr", item.userId),
      accountSelection: asksForAccounts(episode.cause, status, deps.countryCodes),
      // Our own id of the session, and nothing of Plaid's. It gives no right: the browser's cookie says which link it is of.
      ...(deps.linkMode === "hosted" && {
        hosted: { completionRedirectUri: `${deps.publicUrl}/hosted-return/${session}` },
      }),
    };
  }

  return press;
}

function placeOf(sessionId: string, item: ItemRow) {
  return { column: "link_sessions.link_token", rowId: sessionId, environment: item.environment } as const;
}

function refuseTooMany(link: FoundLink, retryAfterSeconds: number): Reply {
  return problem(429, "ERR_TOO_MANY_TRIES", "too many tries with this link: wait a while", {
    retryAfterSeconds,
    subject: link.subject,
  });
}
