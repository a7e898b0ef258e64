import type { DeliveryErrorCode } from "@relink/core";
import type { Secret } from "@relink/service";
import { DELIVERY_ERROR_TEXTS } from "../advice.ts";
import { type AttemptResult, type GuardedClient, NOTHING_SENT } from "../client.ts";
import type { SlackMessage } from "./render-slack-message.ts";

/** How Slack is reached: by an incoming webhook, or as a bot in a channel. */
export type SlackTarget =
  | { kind: "incoming_webhook"; url: Secret }
  | {
      kind: "bot";
      /** `xoxb-…`, with the scope `chat:write`. */
      token: Secret;
      /** Its id, or `#name`. */
      channel: string;
    };

/** Which message of Slack's it is, so that it can be changed. */
export interface SlackMessageId {
  /** The id of the channel, never its name: to change a message, Slack wants that. */
  channel: string;
  ts: string;
}

/** What became of one message. */
export interface SlackResult extends AttemptResult {
  /** What was called, without what is secret about it. */
  url: string;
  /** The message, if it was taken and can be changed; an incoming webhook does not say. */
  message: SlackMessageId | null;
}

export interface SlackChannel {
  /**
   * Posts a message, or changes one. Where it cannot be changed any more, it is posted anew.
   *
   * @param previous - what is to be changed; an incoming webhook cannot, and posts anew.
   * @returns What became of it, with one of these codes beside those of every request: `GONE` if nobody can post there any
   * more, and a person has to put that right; `MESSAGE_REFUSED` if Slack took the request and not the message.
   * @throws the signal's reason, if the caller gives up.
   */
  send(
    target: SlackTarget,
    message: SlackMessage,
    previous: SlackMessageId | null,
    signal?: AbortSignal,
  ): Promise<SlackResult>;
}

const INCOMING_WEBHOOK = /^https:\/\/hooks\.slack\.com(\/services\/[A-Z0-9]{1,32}\/[A-Z0-9]{1,32}\/[A-Za-z0-9]{1,64})$/;
const API = "https://slack.com";

/** True for the URL of an incoming webhook, exactly as Slack shows it: nothing else is called in its name. */
export function isSlackWebhookUrl(text: string): boolean {
  return INCOMING_WEBHOOK.test(text);
}

/**
 * Nobody can post there any more: the webhook was taken back, the channel is archived, or the team forbids it.
 *
 * @see https://docs.slack.dev/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks (checked 2026-11-22)
 */
const WEBHOOK_IS_GONE: ReadonlySet<number> = new Set([403, 404, 410]);

/**
 * Answers to a bot after which it is no use to try again.
 *
 * @see https://docs.slack.dev/reference/methods/chat.postMessage/#errors (checked 2026-11-22)
 */
const BOT_IS_SHUT_OUT: ReadonlySet<string> = new Set([
  // The token.
  "invalid_auth",
  "not_authed",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "not_allowed_token_type",
  "no_permission",
  "missing_scope",
  // The channel.
  "channel_not_found",
  "not_in_channel",
  "is_archived",
  "is_inactive",
  "restricted_action",
  "restricted_action_read_only_channel",
  "restricted_action_thread_only_channel",
  "restricted_action_non_threadable_channel",
  "messages_tab_disabled",
  // The workspace.
  "access_denied",
  "ekm_access_denied",
  "enterprise_is_restricted",
  "org_login_required",
  "team_access_not_granted",
  "team_not_found",
  "two_factor_setup_required",
]);

/** A message that stays as it is, whatever we do: it is gone, too old, or in a channel that was left since. */
const CANNOT_BE_CHANGED: ReadonlySet<string> = new Set([
  "message_not_found",
  "cant_update_message",
  "edit_window_closed",
  "channel_not_found",
  "not_in_channel",
  "is_archived",
  "is_inactive",
]);

/**
 * Posts to Slack, through the one client that may call what subscribers name.
 *
 * @param options.origin - instead of Slack's own two hosts, for a stand-in. The client's policy has to let it be called.
 */
export function createSlackChannel(options: {
  client: Pick<GuardedClient, "send">;
  origin?: string | undefined;
}): SlackChannel {
  const { client, origin } = options;

  async function post(url: string, body: object, headers: Record<string, string>, signal?: AbortSignal) {
    return client.send({
      url,
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8", ...headers },
      body: JSON.stringify(body),
      ...(signal !== undefined && { signal }),
    });
  }

  async function postToWebhook(url: string, message: SlackMessage, signal?: AbortSignal): Promise<SlackResult> {
    const shown = "https://hooks.slack.com/services/…";
    const path = INCOMING_WEBHOOK.exec(url)?.[1];
    // It was checked when it was stored. Anything else would be called with a team's events in it.
    if (path === undefined) return { ...FORBIDDEN, url: shown, message: null };
    const result = await post(
      origin === undefined ? url : `${origin}${path}`,
      { ...message, unfurl_links: false, unfurl_media: false },
      {},
      signal,
    );
    const isGone = result.status !== null && WEBHOOK_IS_GONE.has(result.status);
    return { ...(isGone ? withCode(result, "GONE", result.responseBody) : result), url: shown, message: null };
  }

  async function callAsBot(
    method: "chat.postMessage" | "chat.update",
    token: Secret,
    body: object,
    signal?: AbortSignal,
  ): Promise<SlackResult & { slackError: string | null }> {
    const url = `${API}/api/${method}`;
    const headers = { authorization: `Bearer ${token.reveal()}` };
    const result = await post(origin === undefined ? url : `${origin}/api/${method}`, body, headers, signal);
    // What is wrong with a request that Slack has read stands in an answer with status 200.
    if (result.errorCode !== null) return { ...result, url, message: null, slackError: null };
    const answer = readAnswer(result.responseBody);
    if (answer.ok) return { ...result, url, message: answer.message, slackError: null };
    const { error } = answer;
    const code = BOT_IS_SHUT_OUT.has(error) ? "GONE" : error === "ratelimited" ? "RATE_LIMITED" : "MESSAGE_REFUSED";
    return { ...withCode(result, code, error), url, message: null, slackError: error };
  }

  return {
    async send(target, message, previous, signal) {
      if (target.kind === "incoming_webhook") return postToWebhook(target.url.reveal(), message, signal);
      const { token, channel } = target;
      if (previous !== null) {
        const changed = await callAsBot("chat.update", token, { ...message, ...previous }, signal);
        if (changed.slackError === null || !CANNOT_BE_CHANGED.has(changed.slackError))
          return withoutSlackError(changed);
      }
      const body = { ...message, channel, unfurl_links: false, unfurl_media: false };
      return withoutSlackError(await callAsBot("chat.postMessage", token, body, signal));
    },
  };
}

function withoutSlackError({
  slackError: _slackError,
  ...result
}: SlackResult & { slackError: string | null }): SlackResult {
  return result;
}

function withCode(result: AttemptResult, errorCode: DeliveryErrorCode, said: string | null): AttemptResult {
  const word = /^[a-z0-9_]{1,64}$/.exec(said?.trim() ?? "")?.[0];
  const detail = word === undefined ? DELIVERY_ERROR_TEXTS[errorCode].what : `Slack says ${word}`;
  return { ...result, errorCode, errorDetail: detail, operatorDetail: detail };
}

type Answer = { ok: true; message: SlackMessageId | null } | { ok: false; error: string };

/** An answer with status 2xx that cannot be read has taken the message all the same: Slack says `ok: false` if not. */
function readAnswer(body: string | null): Answer {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body ?? "");
  } catch {
    parsed = null;
  }
  if (typeof parsed !== "object" || parsed === null) return { ok: true, message: null };
  const { ok, error, channel, ts } = parsed as Record<string, unknown>;
  if (ok === false) return { ok: false, error: typeof error === "string" ? error : "unknown" };
  return { ok: true, message: typeof channel === "string" && typeof ts === "string" ? { channel, ts } : null };
}

const FORBIDDEN: AttemptResult = {
  ...NOTHING_SENT,
  errorCode: "TARGET_FORBIDDEN",
  errorDetail: "this is not the URL of an incoming webhook of Slack's",
  operatorDetail: "this is not the URL of an incoming webhook of Slack's",
};
