import { type Language, type MailTemplate, RelinkError } from "@relink/core";
import { render, toPlainText } from "react-email";
import { cleanName } from "./clean-name.ts";
import { Layout } from "./templates/letter.tsx";
import { type BankAction, type LetterText, type Names, TEXTS } from "./texts/texts.ts";

/** How the company shows itself. */
export interface Brand {
  /** Who writes: the product that the user connected the bank to. */
  productName: string;
  /** Stands in place of the name. `https:` only. */
  logoUrl?: string | undefined;
  /** Of the button. `#rrggbb`. Default: blue. */
  color?: string | undefined;
  /** Where users get help. */
  supportAddress?: string | undefined;
}

export interface EmailInput {
  template: MailTemplate;
  language: Language;
  brand: Brand;
  /** As the provider names it. Without one the text says "your bank". */
  institutionName: string | null;
  /** Greets the user by name, if it looks like one. */
  userName?: string | undefined;
  /** The deep link, absolute; null for a letter that asks for nothing. */
  link: string | null;
  /** When the link stops working. */
  expiresAt: Date | null;
  /** IANA; dates are said in it. */
  timeZone: string;
  /** 0 for the first mail; others say that they are reminders. */
  reminder: number;
  /** Sharpens the text of `bank_action_required`. Without it the text names all three. */
  bankAction?: BankAction | undefined;
  /** When the connection ends, for `expiring`. */
  endsAt?: Date | undefined;
}

export interface RenderedEmail {
  subject: string;
  html: string;
  /** The same content for programs that show no HTML. Holds the same link. */
  text: string;
}

/** The mail cannot be written: the product has no usable name, a link or a date is missing or is not one. */
export class EmailInputError extends RelinkError {
  override readonly name = "EmailInputError";
  readonly code = "ERR_EMAIL_INPUT";
  readonly retryable = false;
}

/** Letters, and what joins them. A salutation is no place for what an impostor typed into a name field. */
const PERSON = /^(?=.{1,50}$)\p{L}[\p{L}\p{M} '’.-]*$/u;

/** Whether reminders follow, so that the small print may speak of them. */
const IS_REPEATED: Readonly<Record<MailTemplate, boolean>> = {
  login_required: true,
  bank_action_required: true,
  expiring: true,
  needs_new_item: true,
  revoked: false,
  new_accounts: false,
  connected_again: false,
};

/** Times in other languages than English are said by the 24-hour clock. */
const LOCALES = { en: "en-US", es: "es", fr: "fr" } as const satisfies Record<Language, string>;

const MOMENT: Intl.DateTimeFormatOptions = {
  year: "numeric",
  month: "long",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  timeZoneName: "short",
};

/**
 * A mail to an end user: which bank, what happened, and what the one click does.
 *
 * Every name goes through {@link cleanName}, so none of them can carry a link or break a header. The same input always
 * gives the same mail.
 *
 * @throws {@link EmailInputError} if the product's name is empty once cleaned, the link is not `http(s)://…`, the logo is
 * not `https://…`, or what the template speaks of is missing.
 */
export async function renderEmail(input: EmailInput): Promise<RenderedEmail> {
  const { language, brand, timeZone } = input;
  const texts = TEXTS[language];
  const product = cleanName(brand.productName);
  if (product === "") throw new EmailInputError("the product has no name that can be shown: set PRODUCT_NAME");
  if (brand.logoUrl !== undefined && !isUrl(brand.logoUrl, "https:")) {
    throw new EmailInputError("the logo must be an https URL: check BRAND_LOGO_URL");
  }
  const date = (at: Date | null | undefined, style: Intl.DateTimeFormatOptions): string =>
    // A hyphen that no line ends with, as in `GMT-5`.
    at ? new Intl.DateTimeFormat(LOCALES[language], { ...style, timeZone }).format(at).replace("-", "\u2011") : "";
  const names: Names = {
    product,
    bank: cleanName(input.institutionName ?? "") || texts.yourBank,
    endsOn: date(input.endsAt, { dateStyle: "long" }),
  };
  if (input.template === "expiring" && names.endsOn === "") {
    throw new EmailInputError("a mail about an announced end needs its date");
  }
  const letter = letterText(input);
  const userName = cleanName(input.userName ?? "");
  const isReminder = input.reminder > 0;
  const button = buttonOf(input, letter, names, date(input.expiresAt, MOMENT));
  const element = (
    <Layout
      language={language}
      product={product}
      title={letter.title(names)}
      preview={letter.preview(names)}
      hello={texts.hello(PERSON.test(userName) ? userName : undefined)}
      paragraphs={[...(isReminder ? [texts.reminder.line] : []), ...letter.paragraphs(names)]}
      steps={letter.steps?.(names) ?? []}
      button={button}
      footer={[
        `${texts.whyThisMail(names)}${IS_REPEATED[input.template] ? ` ${texts.mayIgnore}` : ""}`,
        ...(brand.supportAddress === undefined ? [] : [texts.help(brand.supportAddress)]),
        texts.neverAsks,
      ]}
      logoUrl={brand.logoUrl}
      color={brand.color}
    />
  );
  const html = await render(element);
  const plain = toPlainText(html, {
    selectors: [
      { selector: "h1", options: { uppercase: false, leadingLineBreaks: 2 } },
      { selector: "img", format: "skip" },
    ],
  });
  // The button's label and its link, each on a line of its own.
  const text = button === null ? plain : plain.replace(` ${button.link}`, () => `:\n${button.link}`);
  const subject = letter.subject(names);
  return {
    subject: `${product}: ${isReminder ? texts.reminder.subject(subject) : subject}`,
    html,
    text: `${brand.logoUrl === undefined ? "" : `${product}\n\n`}${text}\n`,
  };
}

function letterText({ template, language, bankAction }: EmailInput): LetterText {
  const { letters } = TEXTS[language];
  return template === "bank_action_required" ? letters[template][bankAction ?? "any"] : letters[template];
}

function buttonOf({ link, language }: EmailInput, letter: LetterText, names: Names, until: string) {
  if (letter.action === "") return null;
  if (link === null || !isUrl(link, "http:", "https:")) {
    throw new EmailInputError("the link in a mail must be an absolute http or https URL: check LINK_PUBLIC_URL");
  }
  if (until === "") throw new EmailInputError("a link needs the time until which it works");
  const texts = TEXTS[language];
  return {
    label: letter.action,
    link: new URL(link).href,
    copy: texts.copyLink,
    below: `${texts.linkWorksUntil(until)} ${letter.linkDoes(names)}`,
  };
}

function isUrl(text: string, ...protocols: string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}
