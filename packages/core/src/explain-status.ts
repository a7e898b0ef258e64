import { isDisplaced } from "./error-catalogue.ts";
import type { ItemStatus } from "./item-status.ts";
import type { MailTemplate } from "./mail-templates.ts";
import { type Actor, STATUS_MEANING, type StatusMeaning } from "./status-meaning.ts";

/** For a working login that another Item of the same user has put out: a login would put out the other one in turn. */
const DISPLACED = {
  page: "A newer connection to this bank has taken its place: there is nothing to do, and no button.",
  says: "A newer Item of the same user at this bank has put this one out. Signing in again would put out the other.",
  nextStep: "Remove one of the two at Plaid, mostly this one. The user is not written to.",
} as const;

/** For a code that nobody has told us the meaning of. */
const UNKNOWN_CODE = "Plaid gives a code that Relink does not know.";

/** A status, told to people who have not read Plaid's documents. */
export interface ExplainedStatus {
  whoActs: Actor;
  /** What is the matter, in one or two sentences. */
  explanation: string;
  nextStep: string;
  /** The mail that is meant for it; `null` where none can help. */
  mail: MailTemplate | null;
}

/** Tells what a status means, whose turn it is, and what they have to do. In English, as everything that operators read. */
export function explainStatus(status: ItemStatus): ExplainedStatus {
  const { whoActs, mail, says, nextStep, codes }: StatusMeaning = STATUS_MEANING[status.kind];
  if (!("error" in status)) {
    const exactly = status.kind === "expiring" ? meaningIn(codes, status.reason) : undefined;
    return { whoActs, mail, nextStep, explanation: exactly === undefined ? says : `${says} ${exactly}` };
  }
  const { error } = status;
  if (isDisplaced(status)) {
    return { whoActs, mail, explanation: DISPLACED.says, nextStep: DISPLACED.nextStep };
  }
  const exactly =
    meaningIn(codes, `${error.type}/${error.code}`) ?? meaningIn(codes, `${error.type}/*`) ?? UNKNOWN_CODE;
  return { whoActs, mail, nextStep, explanation: `${says} ${exactly}` };
}

function meaningIn(codes: StatusMeaning["codes"], code: string): string | undefined {
  return Object.hasOwn(codes, code) ? codes[code] : undefined;
}
