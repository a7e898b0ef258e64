import { assertNever, type FirstMail, type ItemState, type ItemStatus } from "@relink/core";
import type { ItemChange, ItemRow, OpenEpisodeRow } from "@relink/db";

/** What the rules know of an Item, from its rows. */
export function toItemState(item: ItemRow, episode: OpenEpisodeRow | null): ItemState {
  return {
    status: toItemStatus(item),
    askedAt: item.askedAt,
    hintAt: item.hintAt,
    episode: episode && {
      openedAt: episode.openedAt,
      confirmedAt: episode.confirmedAt,
      firstMail: toFirstMail(episode.firstMail),
    },
  };
}

/** The status in an Item's columns. A constraint of the table guarantees that an error is there where one belongs. */
export function toItemStatus(item: Pick<ItemRow, "status" | "errorType" | "errorCode" | "errorReason">): ItemStatus {
  if (item.status === "healthy" || item.status === "removed") return { kind: item.status };
  return {
    kind: item.status,
    error: { type: item.errorType ?? "", code: item.errorCode ?? "", reason: item.errorReason },
  };
}

function toFirstMail(state: OpenEpisodeRow["firstMail"]): FirstMail {
  switch (state) {
    case null:
      return "none";
    case "owed":
    case "held":
      return state;
    case "transmitting":
    case "sent":
    case "failed":
    case "unknown":
    case "cancelled":
      return "done";
    default:
      return assertNever(state);
  }
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
    askedAt: state.askedAt,
    hintAt: state.hintAt,
    ...owed,
  };
}
