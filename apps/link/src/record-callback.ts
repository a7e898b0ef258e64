import { isProviderId } from "@relink/core";
import { countLinkEvents, type Db, insertLinkEvents, type LinkSessionRow, nameLinkSession } from "@relink/db";
import { endLinkSession } from "@relink/items";
import type { Logger } from "@relink/service";
import { z } from "zod";
import type { LinkEventAnswer } from "./answers.ts";
import { type ConfirmDeps, confirmRepair } from "./confirm-repair.ts";
import type { FoundLink } from "./find-link.ts";
import type { Limit } from "./limits.ts";
import { findSessionOf } from "./prove-outcome.ts";
import { problem, type Reply } from "./reply.ts";

/** How many callbacks of a session are kept, and how many of them may be other than its end. */
const MAX_CALLBACKS = 200;
const MAX_EVENTS = 190;

const providerText = z.string().refine(isProviderId).optional();

/**
 * What the page may tell about a callback. Strict: a public token, accounts, masks or what was searched for are refused,
 * not just left out, so that a page that sends them is noticed.
 */
const Callback = z.strictObject({
  session: z.string().max(64),
  /** The page's own number for this callback: told twice, it is stored once. */
  callback_id: z.uuid(),
  callback: z.enum(["success", "exit", "event"]),
  event_name: providerText,
  link_session_id: providerText,
  request_id: providerText,
  error_type: providerText,
  error_code: providerText,
  exit_status: providerText,
  institution_id: providerText,
  view_name: providerText,
});

type Callback = z.infer<typeof Callback>;

export interface CallbackDeps extends ConfirmDeps {
  /** Callbacks per episode. */
  callbackLimit: Limit;
  logger: Logger;
  onRecorded: (callback: Callback["callback"], outcome: string) => void;
}

/**
 * Stores what Link said in the browser. That is hearsay: what a success is worth is for `/item/get` to say, and only its
 * answer closes the episode.
 */
export async function recordCallback(deps: CallbackDeps, link: FoundLink, body: unknown): Promise<Reply> {
  const { episode } = link;
  const limited = await deps.callbackLimit(episode.id);
  if (!limited.ok) {
    return problem(429, "ERR_TOO_MANY_EVENTS", "too many events with this link", { ...limited, subject: link.subject });
  }
  const parsed = Callback.safeParse(body);
  if (!parsed.success) {
    return problem(400, "ERR_EVENT", "the event has not the expected form", { subject: link.subject });
  }
  const callback = parsed.data;
  const session = await findSessionOf(deps, link, callback.session);
  if (session === null) {
    return problem(404, "ERR_NO_SESSION", "this link has no such session", { subject: link.subject });
  }
  const subject = { ...link.subject, session: callback.session };
  if ((await countLinkEvents(deps.db, session.id)) >= (callback.callback === "event" ? MAX_EVENTS : MAX_CALLBACKS)) {
    return problem(429, "ERR_TOO_MANY_EVENTS", "this session has told enough", { subject });
  }

  const ended = outcomeOf(callback);
  await storeCallback(deps.db, session, callback, ended);
  let state: LinkEventAnswer["state"] = "stored";
  if (ended === "success") {
    warnIfInstitutionChanged(deps.logger, link, callback);
    state = await confirmRepair(deps, link);
  }
  const outcome = ended === null || ended === "success" ? state : ended;
  deps.onRecorded(callback.callback, outcome);
  return { status: 200, body: { json: { state } }, outcome, subject };
}

/** How a callback ends its session; null if it does not. */
function outcomeOf(callback: Callback): LinkSessionRow["outcome"] {
  if (callback.callback === "event") return null;
  if (callback.callback === "success") return "success";
  const hasTried = [callback.request_id, callback.error_type, callback.error_code].some((field) => field !== undefined);
  return hasTried ? "tried_and_failed" : "closed_without_trying";
}

async function storeCallback(
  db: Db,
  session: LinkSessionRow,
  callback: Callback,
  ended: LinkSessionRow["outcome"],
): Promise<void> {
  await db.transaction(async (tx) => {
    await insertLinkEvents(tx, [
      {
        sessionId: session.id,
        itemId: session.itemId,
        callbackId: callback.callback_id,
        callback: callback.callback,
        eventName: callback.event_name,
        linkSessionId: callback.link_session_id,
        requestId: callback.request_id,
        errorType: callback.error_type,
        errorCode: callback.error_code,
        exitStatus: callback.exit_status,
        institutionId: callback.institution_id,
        viewName: callback.view_name,
      },
    ]);
    if (callback.link_session_id !== undefined) await nameLinkSession(tx, session.id, callback.link_session_id);
    if (ended !== null) await endLinkSession(tx, session, ended);
  });
}

/** Somebody signed in at another bank than the one that was to be repaired: for support to know. */
function warnIfInstitutionChanged(logger: Logger, { item, subject }: FoundLink, callback: Callback): void {
  const told = callback.institution_id;
  if (told === undefined || item.institutionId === null || told === item.institutionId) return;
  logger.warn({ event: "link.institution_changed", ...subject, institution: item.institutionId, told });
}
