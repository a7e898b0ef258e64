import { randomUUID } from "node:crypto";
import { newId } from "../ids.ts";
import type { LinkTokenRequest } from "../plaid/link-token-request.ts";
import { all, one, type Store } from "./open-store.ts";

/** A Link token. `itemId` makes it one for update mode. Times are epoch milliseconds. */
export interface LinkToken {
  linkToken: string;
  itemId: string | null;
  request: LinkTokenRequest;
  createdAt: number;
  expiresAt: number;
  usedAt: number | null;
  /** Names the page of Hosted Link in its address; null for a token that an application embeds. */
  hostedId: string | null;
}

/** One run of Link. `exit` and `result` are as `/link/token/get` shows them. */
export interface LinkSession {
  linkSessionId: string;
  linkToken: string;
  startedAt: number;
  finishedAt: number | null;
  exit: unknown;
  result: unknown;
  /** The bank at which the user has logged in, while Link still asks for the accounts. */
  institutionId: string | null;
}

/** An entry of Link's own log. */
export interface LinkEvent {
  event_name: string;
  timestamp: string;
  event_id: string;
  event_metadata: Record<string, unknown>;
}

export interface OauthState {
  oauthStateId: string;
  linkSessionId: string;
  linkToken: string;
  institutionId: string;
  status: "pending" | "allowed" | "denied" | "processed";
}

interface TokenRow {
  link_token: string;
  item_id: string | null;
  request: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
  hosted_id: string | null;
}

interface SessionRow {
  link_session_id: string;
  link_token: string;
  started_at: number;
  finished_at: number | null;
  exit: string | null;
  result: string | null;
  institution_id: string | null;
}

interface OauthRow {
  oauth_state_id: string;
  link_session_id: string;
  link_token: string;
  institution_id: string;
  status: OauthState["status"];
}

function toSession(row: SessionRow): LinkSession {
  return {
    linkSessionId: row.link_session_id,
    linkToken: row.link_token,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    exit: row.exit === null ? null : JSON.parse(row.exit),
    result: row.result === null ? null : JSON.parse(row.result),
    institutionId: row.institution_id,
  };
}

function toToken(row: TokenRow): LinkToken {
  return {
    linkToken: row.link_token,
    itemId: row.item_id,
    request: JSON.parse(row.request),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    hostedId: row.hosted_id,
  };
}

export type LinkStore = ReturnType<typeof createLinkStore>;

/** The statements on Link tokens, sessions and their events, and logins under way at a bank. */
export function createLinkStore(store: Store) {
  const insertToken = store.prepare(
    "insert into link_tokens (link_token, item_id, request, created_at, expires_at, hosted_id) values (?, ?, ?, ?, ?, ?)",
  );
  const tokenById = store.prepare("select * from link_tokens where link_token = ?");
  const tokenByHostedId = store.prepare("select * from link_tokens where hosted_id = ?");
  const useToken = store.prepare("update link_tokens set used_at = ? where link_token = ? and used_at is null");
  const insertSession = store.prepare(
    "insert into link_sessions (link_session_id, link_token, started_at, last_action_at) values (?1, ?2, ?3, ?3)",
  );
  const touch = store.prepare("update link_sessions set last_action_at = ? where link_session_id = ?");
  const takeIdle = store.prepare(
    "update link_sessions set last_action_at = null where finished_at is null and last_action_at <= ? returning *",
  );
  const sessionById = store.prepare("select * from link_sessions where link_session_id = ?");
  const sessionsOfToken = store.prepare("select * from link_sessions where link_token = ? order by started_at");
  const logIn = store.prepare("update link_sessions set institution_id = ? where link_session_id = ?");
  const finish = store.prepare(
    "update link_sessions set finished_at = ?, exit = ?, result = ? where link_session_id = ? and finished_at is null",
  );
  const insertEvent = store.prepare("insert into link_events (event_id, link_session_id, event) values (?, ?, ?)");
  const eventsOfSession = store.prepare("select event from link_events where link_session_id = ? order by rowid");
  const insertOauth = store.prepare(
    "insert into oauth_states (oauth_state_id, link_session_id, link_token, institution_id, status) values (?, ?, ?, ?, 'pending')",
  );
  const oauthById = store.prepare("select * from oauth_states where oauth_state_id = ?");
  const updateOauth = store.prepare("update oauth_states set status = ? where oauth_state_id = ?");

  return {
    createToken(
      token: Pick<LinkToken, "itemId" | "request">,
      lifetimeMs: number,
      now: number,
    ): { linkToken: string; expiresAt: number; hostedId: string | null } {
      const linkToken = newId.linkToken();
      const expiresAt = now + lifetimeMs;
      const hostedId = token.request.hosted_link === undefined ? null : newId.hostedLink();
      insertToken.run(linkToken, token.itemId, JSON.stringify(token.request), now, expiresAt, hostedId);
      return { linkToken, expiresAt, hostedId };
    },

    findToken(linkToken: string): LinkToken | undefined {
      const row = one<TokenRow>(tokenById, linkToken);
      return row && toToken(row);
    },

    findHostedToken(hostedId: string): LinkToken | undefined {
      const row = one<TokenRow>(tokenByHostedId, hostedId);
      return row && toToken(row);
    },

    useToken(linkToken: string, now: number): void {
      useToken.run(now, linkToken);
    },

    startSession(linkToken: string, now: number): string {
      const id = newId.linkSession();
      insertSession.run(id, linkToken, now);
      return id;
    },

    findSession(linkSessionId: string): LinkSession | undefined {
      const row = one<SessionRow>(sessionById, linkSessionId);
      return row && toSession(row);
    },

    sessionsOf(linkToken: string): LinkSession[] {
      return all<SessionRow>(sessionsOfToken, linkToken).map(toSession);
    },

    noteLogin(linkSessionId: string, institutionId: string): void {
      logIn.run(institutionId, linkSessionId);
    },

    /** Ends a session, once: the first ending counts. Tells whether this was it. */
    finishSession(linkSessionId: string, ending: { exit?: unknown; result?: unknown }, now: number): boolean {
      const text = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
      return finish.run(now, text(ending.exit), text(ending.result), linkSessionId).changes === 1;
    },

    /** Open sessions in which nothing happened since; each once, until something happens again. */
    takeIdle(since: number): LinkSession[] {
      return all<SessionRow>(takeIdle, since).map(toSession);
    },

    addEvent(linkSessionId: string, event: Omit<LinkEvent, "event_id">, now: number): void {
      const id = randomUUID();
      touch.run(now, linkSessionId);
      insertEvent.run(id, linkSessionId, JSON.stringify({ ...event, event_id: id }));
    },

    eventsOf(linkSessionId: string): LinkEvent[] {
      return all<{ event: string }>(eventsOfSession, linkSessionId).map(({ event }) => JSON.parse(event));
    },

    createOauthState(state: Pick<OauthState, "linkSessionId" | "linkToken" | "institutionId">): string {
      const id = newId.oauthState();
      insertOauth.run(id, state.linkSessionId, state.linkToken, state.institutionId);
      return id;
    },

    findOauthState(oauthStateId: string): OauthState | undefined {
      const row = one<OauthRow>(oauthById, oauthStateId);
      return (
        row && {
          oauthStateId: row.oauth_state_id,
          linkSessionId: row.link_session_id,
          linkToken: row.link_token,
          institutionId: row.institution_id,
          status: row.status,
        }
      );
    },

    setOauthStatus(oauthStateId: string, status: OauthState["status"]): void {
      updateOauth.run(status, oauthStateId);
    },
  };
}
