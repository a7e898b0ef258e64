import type { Language } from "@relink/core";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";

/** What the sentences speak of. All names are clean; `bank` is the institution's, or `your bank` in the language. */
export interface Names {
  product: string;
  bank: string;
  /** The date of an announced end, in words; empty where there is none. */
  endsOn: string;
}

/** One letter. Paragraphs stand before the button, steps between the paragraphs and the button. */
export interface LetterText {
  /** The part of the subject after the product's name, and the heading. */
  subject: (names: Names) => string;
  title: (names: Names) => string;
  /** The line that a list of mails shows after the subject. */
  preview: (names: Names) => string;
  paragraphs: (names: Names) => string[];
  steps?: (names: Names) => { title: string; text: string }[];
  /** The label of the one button; fixed words, so that no name can stretch it. Empty without a button. */
  action: string;
  /** What the link does, said below the button. */
  linkDoes: (names: Names) => string;
}

export type BankAction = "unlock" | "reset_password" | "finish_setup";

/** All that users read in one language. */
export interface Texts {
  letters: {
    login_required: LetterText;
    expiring: LetterText;
    needs_new_item: LetterText;
    revoked: LetterText;
    new_accounts: LetterText;
    connected_again: LetterText;
    bank_action_required: Record<BankAction | "any", LetterText>;
  };
  yourBank: string;
  hello: (name: string | undefined) => string;
  /** Before the subject of a reminder, and its first line. */
  reminder: { subject: (subject: string) => string; line: string };
  copyLink: string;
  linkWorksUntil: (date: string) => string;
  whyThisMail: (names: Names) => string;
  mayIgnore: string;
  neverAsks: string;
  help: (address: string) => string;
}

/** A language that misses a text does not compile. */
export const TEXTS: Readonly<Record<Language, Texts>> = { en, es, fr };
