import { findLinkSession, type ItemRow, type LinkSessionRow, nameLinkSession, openSealed } from "@relink/db";
import { askAboutItem, endLinkSession } from "@relink/items";
import { PlaidApiError, type PlaidClient, type PlaidLinkSession, PlaidUnreachableError } from "@relink/plaid";
import { readId } from "@relink/service";
import { z } from "zod";
import type { OutcomeAnswer } from "./answers.ts";
import { type ConfirmDeps, confirmRepair, isClosed } from "./confirm-repair.ts";
import type { FoundLink } from "./find-link.ts";
import { problem, type Reply } from "./reply.ts";

const Question = z.strictObject({ session: z.string().max(64) });

export interface ProveDeps extends ConfirmDeps {
  plaid: Pick<PlaidClient, "getItem" | "getLinkSessions">;
}

/**
 * How a session on Plaid's own page went. Coming back from there proves nothing, for Plaid sends people back after a
 * success and after an exit, and anybody can open the address; so Plaid is asked about the session, and about the Item.
 *
 * @see https://plaid.com/docs/link/hosted-link/ (checked 2026-11-22)
 */
export async function proveOutcome(deps: ProveDeps, link: FoundLink, body: unknown): Promise<Reply> {
  const question = Question.safeParse(body);
  if (!question.success) {
    return problem(400, "ERR_OUTCOME", "the body has not the expected form", { subject: link.subject });
  }
  const session = await findSessionOf(deps, link, question.data.session);
  if (session === null) {
    return problem(404, "ERR_NO_SESSION", "this link has no such session", { subject: link.subject });
  }
  const json = await findOutcome(deps, link, session);
  return {
    status: 200,
    body: { json },
    outcome: json.state,
    subject: { ...link.subject, session: question.data.session },
  };
}

async function findOutcome(deps: ProveDeps, link: FoundLink, session: LinkSessionRow): Promise<OutcomeAnswer> {
  const { item, episode } = link;
  if (await isClosed(deps.db, episode.id)) return { state: "repaired" };
  if (session.outcome === "success") return { state: await confirmRepair(deps, link) };

  if (!(await deps.askLimit(item.id)).ok) return { state: "checking" };
  const ended = await lastRun(deps, item, session);
  if (ended?.outcome === "success") {
    await storeEnd(deps, session, ended, "success");
    return { state: await confirmRepair(deps, link) };
  }
  if (ended !== null) {
    const { error = null, requestId = null } = ended.exit ?? {};
    const hasTried = error !== null || requestId !== null;
    await storeEnd(deps, session, ended, hasTried ? "tried_and_failed" : "closed_without_trying");
    return hasTried ? { state: "failed", ...(error !== null && { error_code: error.code }) } : { state: "closed" };
  }
  // Plaid does not say yet. Perhaps the Item does.
  await askAboutItem(deps, item.id);
  return { state: (await isClosed(deps.db, episode.id)) ? "repaired" : "open" };
}

/** A session of this link, by the id that we gave it. */
export async function findSessionOf(
  deps: Pick<ConfirmDeps, "db">,
  link: FoundLink,
  shownId: string,
): Promise<LinkSessionRow | null> {
  const id = readId("lks", shownId);
  const session = id === null ? null : await findLinkSession(deps.db, id);
  return session?.episodeId === link.episode.id ? session : null;
}

/** The run of Link that counts: one that succeeded, else the last that ended; null if Plaid knows of none. */
async function lastRun(deps: ProveDeps, item: ItemRow, session: LinkSessionRow): Promise<PlaidLinkSession | null> {
  if (session.linkToken === null) return null;
  const place = { column: "link_sessions.link_token", rowId: session.id, environment: item.environment } as const;
  const linkToken = openSealed(session.linkToken, place, deps.encryptionKeys);
  try {
    const runs = await deps.plaid.getLinkSessions(linkToken, { itemId: item.id, userId: item.userId });
    const ended = runs
      .filter(({ outcome }) => outcome !== null)
      .toSorted((a, b) => (a.finishedAt?.getTime() ?? 0) - (b.finishedAt?.getTime() ?? 0));
    return ended.find(({ outcome }) => outcome === "success") ?? ended.at(-1) ?? null;
  } catch (error) {
    // The call is in the Item's timeline, and the Item itself is still to be asked.
    if (error instanceof PlaidApiError || error instanceof PlaidUnreachableError) return null;
    throw error;
  }
}

async function storeEnd(
  deps: ProveDeps,
  session: LinkSessionRow,
  ended: PlaidLinkSession,
  outcome: NonNullable<LinkSessionRow["outcome"]>,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    await nameLinkSession(tx, session.id, ended.linkSessionId);
    await endLinkSession(tx, session, outcome);
  });
}
