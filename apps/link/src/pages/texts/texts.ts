import type { BankAction } from "@relink/core";
import type { PanelName } from "../../panels.ts";

/** Who is spoken of. */
export interface Names {
  /** The company's product. */
  product: string;
  /** The institution, or the language's word for "your bank". */
  bank: string;
  /** The same, to begin a sentence with. */
  Bank: string;
}

/** One of several things to do. */
export interface Step {
  title: string;
  text: string;
}

/** What a panel says. */
export interface Words {
  title: string;
  /** Where it holds `{date}`, the day stands on which the connection ends. */
  lead: string;
  /** Numbered, under the lead: what to do before the button is pressed. */
  todo?: readonly Step[];
  /** The button's label; every panel that has a button has one. */
  action?: string;
  /** The last line. */
  note?: string;
}

/** What is shown without knowing, or without telling, whose link it is. */
export type NoticeName = "not_found" | "reopen" | "almost" | "elsewhere" | "unavailable";

/** What a panel says instead, where the connection is not broken but about to end, or works and could do more. */
export type VariantName =
  | "expiring_at_bank"
  | "done_expiring"
  | "done_new_accounts"
  | "closed_expiring"
  | "closed_new_accounts";

/** Every text of the pages in one language. */
export interface Texts {
  /** For a bank whose name is not known. */
  yourBank: string;
  /** On the button while Link is on its way. */
  opening: string;
  /** On the button while a new mail is asked for. */
  sending: string;
  /** Over the steps of {@link Texts.next}. */
  nextTitle: string;
  /** What happens once the button is pressed. */
  next: (names: Names) => readonly Step[];
  /** Under the button. */
  privacy: (names: Names) => string;
  /** In the place of the button where there is no JavaScript. */
  noScript: string;
  /** Under the button of an Item that nobody is written to about. */
  muted: string;
  /** At the end of each page; `{address}` stands for the address. */
  support: string;
  panels: (names: Names) => Record<Exclude<PanelName, "bank_action"> | VariantName, Words>;
  /** What is to be done at the bank first. `why` is the lead. */
  bankAction: (names: Names) => {
    title: string;
    first: Record<BankAction, { why: string; step: Step }>;
    last: Step;
    action: string;
  };
  notices: (product: string) => Record<NoticeName, Words>;
  /**
   * What went wrong in Link, by Plaid's error code, for the person who saw it.
   *
   * @see https://plaid.com/docs/errors/item/ (checked 2026-11-21)
   */
  errors: Record<LinkErrorCode, string>;
}

/** The codes that there is something good to say about. */
export type LinkErrorCode =
  | "INVALID_CREDENTIALS"
  | "INVALID_MFA"
  | "INSUFFICIENT_CREDENTIALS"
  | "ITEM_LOCKED"
  | "PASSWORD_RESET_REQUIRED"
  | "USER_SETUP_REQUIRED"
  | "USER_INPUT_TIMEOUT"
  | "INSTITUTION_DOWN"
  | "INSTITUTION_NOT_RESPONDING"
  | "INSTITUTION_NOT_AVAILABLE"
  | "ACCESS_NOT_GRANTED"
  | "NO_ACCOUNTS";
