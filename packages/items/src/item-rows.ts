import type { ItemState, ItemStatus } from "@relink/core";
import type { ItemChange, ItemRow, OpenEpisodeRow } from "@relink/db";

/** What the rules know of an Item, from its rows. */
export function toItemState(item: ItemRow, episode: OpenEpisodeRow | null): ItemState {
  return {
    status: toItemStatus(item),
    askedAt: item.askedAt,
    hintAt: item.hintAt,
    pending: toPending(item),
    avertedAt: item.avertedAt,
    consent: { expiresAt: item.consentExpiresAt, renewedAt: item.renewedAt },
    episode: episode && {
      cause: episode.cause,
      openedAt: episode.openedAt,
      confirmedAt: episode.confirmedAt,
      mail: episode.mail,
      isTold: episode.isTold,
    },
  };
}

function toPending({ pendingKind, pendingAt, pendingReason, pendingSince }: ItemRow): ItemState["pending"] {
  if (pendingKind === null || pendingAt === null || pendingSince === null) return null;
  return { pending: { kind: pendingKind, at: pendingAt, reason: pendingReason ?? "" }, since: pendingSince };
}

/** The status in an Item's columns. Constraints of the table guarantee that an error, or a date, is there where one belongs. */
export function toItemStatus(
  item: Pick<ItemRow, "status" | "errorType" | "errorCode" | "errorReason" | "pendingAt" | "pendingReason">,
): ItemStatus {
  if (item.status === "healthy" || item.status === "removed") return { kind: item.status };
  if (item.status === "expiring") {
    return { kind: item.status, at: item.pendingAt ?? new Date(0), reason: item.pendingReason ?? "" };
  }
  return {
    kind: item.status,
    error: { type: item.errorType ?? "", code: item.errorCode ?? "", reason: item.errorReason },
  };
}

/** The columns of a new state. */
export function toItemChange(
  id: string,
  state: ItemState,
  owed: { askDueAt: Date | null; isAnswered: boolean },
): ItemChange {
  const error = "error" in state.status ? state.status.error : null;
  return {
    id,
    status: state.status.kind,
    errorType: error?.type ?? null,
    errorCode: error?.code ?? null,
    errorReason: error?.reason ?? null,
    pendingKind: state.pending?.pending.kind ?? null,
    pendingReason: state.pending?.pending.reason ?? null,
    pendingAt: state.pending?.pending.at ?? null,
    pendingSince: state.pending?.since ?? null,
    avertedAt: state.avertedAt,
    consentExpiresAt: state.consent.expiresAt,
    renewedAt: state.consent.renewedAt,
    askedAt: state.askedAt,
    hintAt: state.hintAt,
    ...owed,
  };
}
