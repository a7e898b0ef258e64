import Color from "colorjs.io";
import { expect, test } from "vitest";
import { cleanName } from "./clean-name.ts";
import { LANGUAGES, MAIL_TEMPLATES } from "@relink/core";
import { EmailInputError, type EmailInput, renderEmail } from "./render-email.tsx";

const LINK = "https://link.acme.example/r/k1.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ";

const usual: EmailInput = {
  template: "login_required",
  language: "en",
  brand: { productName: "Acme" },
  institutionName: "First Platypus Bank",
  userName: "Ada",
  link: LINK,
  expiresAt: new Date("2026-12-05T14:05:00Z"),
  timeZone: "UTC",
  reminder: 0,
};

const EVERY_MAIL: EmailInput[] = [
  usual,
  { ...usual, template: "bank_action_required" },
  { ...usual, template: "bank_action_required", bankAction: "unlock" },
  { ...usual, template: "bank_action_required", bankAction: "reset_password" },
  { ...usual, template: "bank_action_required", bankAction: "finish_setup" },
];

/** What a person reads in the HTML part: no head, no tags, no comments, no text that is hidden. */
function visibleText(html: string): string {
  return html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<!--.*?-->/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

test.each<[Partial<EmailInput>, string]>([
  [{ template: "login_required" }, "Acme: reconnect First Platypus Bank"],
  [{ template: "bank_action_required" }, "Acme: two steps to reconnect First Platypus Bank"],
  [{ template: "login_required", institutionName: null }, "Acme: reconnect your bank"],
  [{ template: "bank_action_required", institutionName: "https://evil.com" }, "Acme: two steps to reconnect your bank"],
])("the subject starts with the product and names the bank: %j", async (changed, subject) => {
  expect((await renderEmail({ ...usual, ...changed })).subject).toBe(subject);
});

test.each(EVERY_MAIL)(
  "both parts of $template ($bankAction) say who writes, why, and what is never asked for",
  async (input) => {
    const { html, text } = await renderEmail(input);
    for (const part of [visibleText(html), text]) {
      expect(part).toContain("Hello Ada,");
      expect(part).toMatch(/reconnect First Platypus Bank/i);
      expect(part).toContain("you connected First Platypus Bank to Acme");
      expect(part).toContain("never ask for your password");
      expect(part).toMatch(/until December 5, 2026 at 2:05\sPM UTC/);
      expect(part).not.toMatch(/undefined|null|NaN|\[object|<!--/);
    }
  },
);

test.each<[EmailInput["bankAction"], RegExp]>([
  ["unlock", /is locked.*Unlock your online access at the bank/s],
  ["reset_password", /Choose a new password at the bank/],
  ["finish_setup", /accepting new terms.*Finish it at the bank/s],
  [undefined, /unlocking your access, choosing a new password or accepting new terms/],
])("the way back names what to do at the bank first: %s", async (bankAction, expected) => {
  const { text } = await renderEmail({ ...usual, template: "bank_action_required", bankAction });
  expect(text).toMatch(expected);
  expect(text).toMatch(/^1\. .*^2\. Come back here and reconnect$/ms);
});

test.each(EVERY_MAIL)("every link in $template ($bankAction) is the one deep link, in both parts", async (input) => {
  const { html, text } = await renderEmail(input);
  const targets = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
  expect(targets).toEqual([LINK, LINK]);
  expect(visibleText(html)).toContain(LINK);
  expect(text.split("\n")).toContain(LINK);
  expect(text.match(/https?:/g)).toHaveLength(1);
});

test.each(EVERY_MAIL)(
  "reading $template ($bankAction) loads nothing, so nobody learns that it was read",
  async (input) => {
    const { html } = await renderEmail(input);
    expect(html).not.toMatch(/<(?:img|script|iframe|link|object|video|audio|form)\b|\bsrc=|url\(|@import|@font-face/i);
  },
);

test("the HTML part has one button, a language, a title, and colours for dark mode", async () => {
  const { html } = await renderEmail(usual);
  expect(html.match(/class="button"/g)).toHaveLength(1);
  expect(html).toMatch(/<html[^>]* lang="en"/);
  expect(html).toContain("<title>Reconnect First Platypus Bank</title>");
  expect(html).toContain('name="color-scheme" content="light dark"');
  expect(html).toContain("prefers-color-scheme: dark");
  expect(Buffer.byteLength(html)).toBeLessThan(100_000); // Gmail cuts longer mails off
});

test.each([
  "<img src=x onerror=alert(1)>",
  "</style><script>alert(1)</script>",
  "</title><h1>Hi",
  "--><b>",
  '" onmouseover="alert(1)',
  "{{constructor.constructor('x')()}}",
  "${7*7}<%= 7*7 %>",
])("a name is text and nothing else: %s", async (name) => {
  const plain = await renderEmail({ ...usual, brand: { productName: "P" }, institutionName: "B", userName: undefined });
  const hostile = await renderEmail({ ...usual, brand: { productName: name }, institutionName: name, userName: name });
  const tags = (html: string) => html.match(/<[a-z/][^>]*>/gi);
  expect(tags(hostile.html)).toEqual(tags(plain.html));
  expect(hostile.text).toContain(`connected ${cleanName(name)} to`);
});

test("a name of 10 kB is cut, and the mail stays small", async () => {
  const name = "x".repeat(10_000);
  const { subject, html, text } = await renderEmail({
    ...usual,
    brand: { productName: name },
    institutionName: name,
    userName: name,
  });
  expect(subject.length).toBeLessThan(250);
  expect(text).toContain("Hello,\n");
  expect(text).not.toContain("x".repeat(101));
  expect(html.length).toBeLessThan(30_000);
});

test.each([
  "Acme\r\nBcc: all@example.com",
  "Acme\nX-Header: 1",
  "A\u0000cme",
  "\u202eemcA",
  "Acme\u2028Bank",
  "A\u0085",
])("the subject is one line without control characters: %j", async (name) => {
  const { subject, text } = await renderEmail({ ...usual, brand: { productName: name }, institutionName: name });
  expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u);
  expect(text).not.toContain("@");
});

test.each([
  ["Ada", "Hello Ada,"],
  ["Íñigo O’Brien-Núñez", "Hello Íñigo O’Brien-Núñez,"],
  ["王小明", "Hello 王小明,"],
  ["Call 1-800-555-0199", "Hello Call,"],
  ["win $500 now!", "Hello,"],
  ["x".repeat(51), "Hello,"],
  ["", "Hello,"],
])("the salutation takes a name only if it looks like one: %s", async (userName, expected) => {
  expect((await renderEmail({ ...usual, userName })).text).toContain(`${expected}\n`);
});

test("the same input gives the same mail", async () => {
  expect(await renderEmail(usual)).toEqual(await renderEmail({ ...usual }));
});

test.each<[string, Partial<EmailInput>]>([
  ["no product name", { brand: { productName: " \n " } }],
  ["a product name that is only a URL", { brand: { productName: "https://acme.example" } }],
  ["a relative link", { link: "/r/abc" }],
  ["a script as link", { link: "javascript:alert(1)" }],
  ["no link where one belongs", { link: null }],
  ["an announced end without its date", { template: "expiring" }],
  ["a logo that is not loaded over https", { brand: { productName: "Acme", logoUrl: "http://acme.example/logo.png" } }],
])("a mail that would make no sense is refused: %s", async (_case, changed) => {
  await expect(renderEmail({ ...usual, ...changed })).rejects.toThrow(EmailInputError);
});

const EVERY_LETTER = LANGUAGES.flatMap((language) => MAIL_TEMPLATES.map((template) => ({ language, template })));

test.each(EVERY_LETTER)(
  "$template in $language says the same in both parts, and nothing is left out",
  async (which) => {
    const isGoodNews = which.template === "connected_again";
    const { html, text, subject } = await renderEmail({
      ...usual,
      ...which,
      brand: { productName: "Acme", supportAddress: "help@acme.example", color: "#ffe600" },
      endsAt: new Date("2026-12-01T12:00:00Z"),
      ...(isGoodNews && { link: null, expiresAt: null }),
    });
    expect(subject).toContain("First Platypus Bank");
    expect(html).toContain(`lang="${which.language}"`);
    const squeeze = (words: string): string => words.replaceAll(/\s/gu, "").replace(/:$/, "");
    const seen = squeeze(visibleText(html).replaceAll("&#x27;", "'").replaceAll("&amp;", "&"));
    for (const line of text.split("\n").filter((one) => !one.includes(LINK) && !/^-+$/.test(one))) {
      expect(seen).toContain(squeeze(line));
    }
    expect(text).toContain("help@acme.example");
    expect(text.includes(LINK)).toBe(!isGoodNews);
    expect(text).not.toMatch(/undefined|null|NaN|\[object/);
  },
);

test("a reminder says so, in its subject and its first line", async () => {
  const { subject, text } = await renderEmail({ ...usual, reminder: 2 });
  expect(subject).toBe("Acme: reminder: reconnect First Platypus Bank");
  expect(text).toContain("a friendly reminder");
});

test("an announced end is said in the user's language and time zone", async () => {
  const endsAt = new Date("2026-12-01T02:00:00Z");
  const mail = { ...usual, template: "expiring" as const, endsAt, timeZone: "America/New_York" };
  expect((await renderEmail(mail)).text).toContain("November 30, 2026");
  expect((await renderEmail({ ...mail, language: "fr" })).subject).toContain("30 novembre 2026");
  expect((await renderEmail({ ...mail, language: "es" })).subject).toContain("30 de noviembre de 2026");
});

test.each(["#ffffff", "#000000", "#777777", "#ffe600", "#1a56c4", "#ff0000"])(
  "what stands on a button of the colour %s can be read",
  async (color) => {
    const { html } = await renderEmail({ ...usual, brand: { productName: "Acme", color } });
    const style =
      /class="button"[^>]*style="([^"]*)"/.exec(html)?.[1] ?? /style="([^"]*)"[^>]*class="button"/.exec(html)?.[1];
    const text = /(?:^|;)color:(#[0-9a-f]{6})/.exec(style ?? "")?.[1] ?? "";
    expect(style).toContain(`background-color:${color}`);
    expect(Color.contrast(text, color, "WCAG21")).toBeGreaterThanOrEqual(4.5);
  },
);

test("a logo stands in place of the name, with the name as its text", async () => {
  const logoUrl = "https://static.acme.example/logo.png";
  const { html, text } = await renderEmail({ ...usual, brand: { productName: "Acme", logoUrl } });
  expect(html.match(/<img\b[^>]*>/g)).toHaveLength(1);
  expect(html).toMatch(/<img[^>]* alt="Acme"/);
  expect(text.startsWith("Acme\n")).toBe(true);
});

test.each(EVERY_LETTER)(
  "the small print of $template in $language speaks of reminders only if some follow",
  async (which) => {
    const { text } = await renderEmail({ ...usual, ...which, endsAt: new Date("2026-12-01T12:00:00Z") });
    const isTold = ["revoked", "new_accounts", "connected_again"].includes(which.template);
    expect(/reminders|recordatorios|rappels/.test(text)).toBe(!isTold);
  },
);

const CHANGES_BEFORE_A_VOWEL = {
  en: /\ba (?:Iris|Ibex)/i,
  es: /\by (?:Iris|Ibex)/i,
  fr: /\b(?:de|que|le|la|ne|se|lorsque|puisque) (?:Iris|Ibex)/i,
};

test.each(EVERY_LETTER)(
  "no name changes the word before it, and a bank without one begins no sentence: $template in $language",
  async (which) => {
    const { text } = await renderEmail({
      ...usual,
      ...which,
      brand: { productName: "Iris" },
      institutionName: null,
      endsAt: new Date("2026-12-01T12:00:00Z"),
    });
    expect(text).not.toMatch(/(?:^|[.:] )(?:your bank|su banco|votre banque)/m);
    const named = await renderEmail({
      ...usual,
      ...which,
      brand: { productName: "Iris" },
      institutionName: "Ibex",
      endsAt: new Date("2026-12-01T12:00:00Z"),
    });
    expect(named.text).not.toMatch(CHANGES_BEFORE_A_VOWEL[which.language]);
  },
);

test.each(LANGUAGES)("good news, which has no link, keeps its lines whole in %s", async (language) => {
  const { text } = await renderEmail({ ...usual, template: "connected_again", language, link: null, expiresAt: null });
  expect(text.split("\n")[2]).toContain("First Platypus Bank");
  expect(text).not.toMatch(/^\S+:$/m);
});
