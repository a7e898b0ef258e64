import { randomUUIDv7 } from "node:crypto";
import {
  countLinkSessions,
  findFreshLinkSession,
  findUserLocale,
  insertLinkSession,
  type ItemRow,
  openSealed,
  seal,
} from "@relink/db";
import { type AskDeps, askAboutItem } from "@relink/items";
import type { PlaidClient, TokenHasher } from "@relink/plaid";
import { type Secret, showId } from "@relink/service";
import type { LinkTokenAnswer } from "./answers.ts";
import { isRepairable, panelForClosed, panelForStatus } from "./choose-panel.ts";
import { writeCookie } from "./cookies.ts";
import type { FoundLink } from "./find-link.ts";
import type { Limit } from "./limits.ts";
import { linkLanguage } from "./link-language.ts";
import { problem, problemFor, type Reply } from "./reply.ts";

export interface PressDeps extends AskDeps {
  plaid: Pick<PlaidClient, "getItem" | "createUpdateLinkToken">;
  /** Questions to Plaid per Item. */
  askLimit: Limit;
  hashToken: TokenHasher;
  productName: string;
  countryCodes: readonly string[];
  /** Where the bank sends the user back to. */
  redirectUri: string;
}

/** Link is opened with a token that lives at least this long, so that it does not end under somebody's hands. */
const MINIMUM_LIFE_MS = 5 * 60_000;
const MAX_TOKENS_PER_MINUTE = 5;
const MAX_TOKENS_PER_DAY = 20;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

interface OpenSession {
  id: string;
  linkToken: Secret;
}

/**
 * What the button does: asks Plaid how the Item is, and gives out a link token if signing in repairs it.
 *
 * @returns handles `press`: `resume` goes on with the session that was left for the bank; `returnedStateId` is the bank's
 * answer that came to this browser although another one had left for it.
 */
export function createPressButton(deps: PressDeps) {
  // Two presses at once, a double click for instance, make one token.
  const underWay = new Map<string, Promise<OpenSession | Reply>>();

  async function press(
    link: FoundLink,
    options: { isResume: boolean; returnedStateId: string | null },
  ): Promise<Reply> {
    const { item, episode, subject } = link;
    if (episode.closedAt !== null) return instead(panelForClosed(episode.closeReason, item.status));

    const limited = await deps.askLimit(item.id);
    if (!limited.ok) return refuseTooMany(link, limited.retryAfterSeconds);
    const asked = await askAboutItem(deps, item.id);
    if (asked.kind === "no_answer") return { ...problemFor(asked.error), subject };
    if (asked.kind === "no_item") return instead("removed");
    const { kind } = asked.status;
    if (!isRepairable(kind)) return instead(panelForStatus(kind));

    const isReturn = options.isResume || options.returnedStateId !== null;
    const left = isReturn ? await findSession(link, 0) : null;
    if (options.isResume && left === null) return instead("restart");
    const session = left ?? (await share(episode.id, () => findOrCreateSession(link)));
    if ("status" in session) return session;

    const shownSession = showId("lks", session.id);
    const json: LinkTokenAnswer = {
      state: "ready",
      link_token: session.linkToken.reveal(),
      session: shownSession,
      ...(left !== null &&
        options.returnedStateId !== null && {
          received_redirect_uri: `${deps.redirectUri}?oauth_state_id=${options.returnedStateId}`,
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

    function instead(state: Exclude<LinkTokenAnswer["state"], "ready">): Reply {
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
    return { id: row.id, linkToken: openSealed(row.linkToken, placeOf(row.id, item), deps.encryptionKeys) };
  }

  async function findOrCreateSession(link: FoundLink): Promise<OpenSession | Reply> {
    const { item, episode } = link;
    const fresh = await findSession(link, MINIMUM_LIFE_MS);
    if (fresh !== null) return fresh;
    if ((await countLinkSessions(deps.db, episode.id, MINUTE_MS)) >= MAX_TOKENS_PER_MINUTE) {
      return refuseTooMany(link, 60);
    }
    if ((await countLinkSessions(deps.db, episode.id, DAY_MS)) >= MAX_TOKENS_PER_DAY) {
      return refuseTooMany(link, 3_600);
    }

    const created = await deps.plaid.createUpdateLinkToken(
      openSealed(
        item.accessToken,
        { column: "items.access_token", rowId: item.id, environment: item.environment },
        deps.encryptionKeys,
      ),
      {
        clientName: deps.productName,
        language: linkLanguage(await findUserLocale(deps.db, item.userId)),
        countryCodes: deps.countryCodes,
        redirectUri: deps.redirectUri,
        clientUserId: showId("usr", item.userId),
      },
      { itemId: item.id, userId: item.userId },
    );
    const id = randomUUIDv7();
    await insertLinkSession(deps.db, {
      id,
      episodeId: episode.id,
      itemId: item.id,
      linkToken: seal(created.linkToken, placeOf(id, item), deps.encryptionKeys),
      linkTokenHash: deps.hashToken(created.linkToken.reveal()),
      requestId: created.requestId,
      expiresAt: created.expiresAt,
    });
    return { id, linkToken: created.linkToken };
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
