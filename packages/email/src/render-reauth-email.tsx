import { assertNever, RelinkError } from "@relink/core";
import { render, toPlainText } from "react-email";
import { cleanName } from "./clean-name.ts";
import {
  type BankActionReason,
  BankActionRequired,
  bankActionRequiredSubject,
} from "./templates/bank-action-required.tsx";
import type { TemplateProps } from "./templates/layout.tsx";
import { LoginRequired, loginRequiredSubject } from "./templates/login-required.tsx";

export type { BankActionReason } from "./templates/bank-action-required.tsx";

export interface ReauthEmailInput {
  /** `login_required`: signing in again is enough. `bank_action_required`: something has to be done at the bank first. */
  template: "login_required" | "bank_action_required";
  /** Who writes: the product that the user connected the bank to. */
  productName: string;
  /** As the provider names it. Without one the text says "your bank". */
  institutionName: string | null;
  /** Greets the user by name, if it looks like one. */
  userName?: string | undefined;
  /** The deep link, absolute. */
  link: string;
  /** When the link stops working. */
  expiresAt: Date;
  /** Sharpens the text of `bank_action_required`. Without it the text names all three. */
  reason?: BankActionReason | undefined;
}

export interface RenderedEmail {
  subject: string;
  html: string;
  /** The same content for programs that show no HTML. Holds the same link. */
  text: string;
}

/** The mail cannot be written: the product has no usable name, or the link is not a web address. */
export class EmailInputError extends RelinkError {
  override readonly name = "EmailInputError";
  readonly code = "ERR_EMAIL_INPUT";
  readonly retryable = false;
}

/** Letters, and what joins them. A salutation is no place for what an impostor typed into a name field. */
const PERSON = /^(?=.{1,50}$)\p{L}[\p{L}\p{M} '’.-]*$/u;

const DATE = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });
const TIME = new Intl.DateTimeFormat("en-US", {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZone: "UTC",
});

/**
 * The mail that brings a user back: which bank, what happened, and what the one click does.
 *
 * Every name goes through {@link cleanName}, so none of them can carry a link or break a header. The same input always
 * gives the same mail.
 *
 * @throws {@link EmailInputError} if the product's name is empty once cleaned, or the link is not `http(s)://…`.
 */
export async function renderReauthEmail(input: ReauthEmailInput): Promise<RenderedEmail> {
  const product = cleanName(input.productName);
  if (product === "")
    throw new EmailInputError("the product has no name that can be shown: set one without a URL in it");
  if (!URL.canParse(input.link) || !/^https?:$/.test(new URL(input.link).protocol)) {
    throw new EmailInputError("the link in a mail must be an absolute http or https URL: check LINK_PUBLIC_URL");
  }
  const userName = cleanName(input.userName ?? "");
  const bank = cleanName(input.institutionName ?? "") || "your bank";
  const props: TemplateProps = {
    product,
    bank,
    userName: PERSON.test(userName) ? userName : undefined,
    link: new URL(input.link).href,
    expires: `${DATE.format(input.expiresAt)}, ${TIME.format(input.expiresAt)} UTC`,
  };

  const { subject, element } = choose(input, props);
  const html = await render(element);
  const text = toPlainText(html, {
    selectors: [{ selector: "h1", options: { uppercase: false, leadingLineBreaks: 2 } }],
  })
    // The button's label and its link, each on a line of its own.
    .replace(` ${props.link}`, () => `:\n${props.link}`);
  return { subject: `${product}: ${subject}`, html, text: `${text}\n` };
}

function choose(input: ReauthEmailInput, props: TemplateProps) {
  switch (input.template) {
    case "login_required":
      return { subject: loginRequiredSubject(props.bank), element: <LoginRequired {...props} /> };
    case "bank_action_required":
      return {
        subject: bankActionRequiredSubject(props.bank),
        element: <BankActionRequired {...props} reason={input.reason} />,
      };
    default:
      return assertNever(input.template);
  }
}
