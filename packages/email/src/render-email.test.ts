import { expect, test } from "vitest";
import { cleanName } from "./clean-name.ts";
import { EmailInputError, type ReauthEmailInput, renderReauthEmail } from "./render-reauth-email.tsx";

const LINK = "https://link.acme.example/r/k1.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ";

const usual: ReauthEmailInput = {
  template: "login_required",
  productName: "Acme",
  institutionName: "First Platypus Bank",
  userName: "Ada",
  link: LINK,
  expiresAt: new Date("2026-12-05T14:05:00Z"),
};

const EVERY_MAIL: ReauthEmailInput[] = [
  usual,
  { ...usual, template: "bank_action_required" },
  { ...usual, template: "bank_action_required", reason: "locked" },
  { ...usual, template: "bank_action_required", reason: "password_reset" },
  { ...usual, template: "bank_action_required", reason: "setup" },
];

/** What a person reads in the HTML part: no head, no tags, no comments, no text that is hidden. */
function visibleText(html: string): string {
  return html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<!--.*?-->/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

test.each<[Partial<ReauthEmailInput>, string]>([
  [{ template: "login_required" }, "Acme: reconnect First Platypus Bank"],
  [{ template: "bank_action_required" }, "Acme: two steps to reconnect First Platypus Bank"],
  [{ template: "login_required", institutionName: null }, "Acme: reconnect your bank"],
  [{ template: "bank_action_required", institutionName: "https://evil.com" }, "Acme: two steps to reconnect your bank"],
])("the subject starts with the product and names the bank: %j", async (changed, subject) => {
  expect((await renderReauthEmail({ ...usual, ...changed })).subject).toBe(subject);
});

test.each(EVERY_MAIL)(
  "both parts of $template ($reason) say who writes, why, and what is never asked for",
  async (input) => {
    const { html, text } = await renderReauthEmail(input);
    for (const part of [visibleText(html), text]) {
      expect(part).toContain("Hello Ada,");
      expect(part).toMatch(/reconnect First Platypus Bank/i);
      expect(part).toContain("you connected First Platypus Bank to Acme");
      expect(part).toContain("never ask for your password");
      expect(part).toContain("until December 5, 2026, 14:05 UTC");
      expect(part).not.toMatch(/undefined|null|NaN|\[object|<!--/);
    }
  },
);

test.each<[ReauthEmailInput["reason"], RegExp]>([
  ["locked", /is locked.*Unlock your online access at the bank/s],
  ["password_reset", /Choose a new password at the bank/],
  ["setup", /accepting new terms.*Finish it at the bank/s],
  [undefined, /unlocking your access, choosing a new password or accepting new terms/],
])("the way back names what to do at the bank first: %s", async (reason, expected) => {
  const { text } = await renderReauthEmail({ ...usual, template: "bank_action_required", reason });
  expect(text).toMatch(expected);
  expect(text).toMatch(/^1\. .*^2\. Come back here and reconnect$/ms);
});

test.each(EVERY_MAIL)("every link in $template ($reason) is the one deep link, in both parts", async (input) => {
  const { html, text } = await renderReauthEmail(input);
  const targets = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
  expect(targets).toEqual([LINK, LINK]);
  expect(visibleText(html)).toContain(LINK);
  expect(text.split("\n")).toContain(LINK);
  expect(text.match(/https?:/g)).toHaveLength(1);
});

test.each(EVERY_MAIL)("reading $template ($reason) loads nothing, so nobody learns that it was read", async (input) => {
  const { html } = await renderReauthEmail(input);
  expect(html).not.toMatch(/<(?:img|script|iframe|link|object|video|audio|form)\b|\bsrc=|url\(|@import|@font-face/i);
});

test("the HTML part has one button, a language, a title, and colours for dark mode", async () => {
  const { html } = await renderReauthEmail(usual);
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
  const plain = await renderReauthEmail({ ...usual, productName: "P", institutionName: "B", userName: undefined });
  const hostile = await renderReauthEmail({ ...usual, productName: name, institutionName: name, userName: name });
  const tags = (html: string) => html.match(/<[a-z/][^>]*>/gi);
  expect(tags(hostile.html)).toEqual(tags(plain.html));
  expect(hostile.text).toContain(`connected ${cleanName(name)} to`);
});

test("a name of 10 kB is cut, and the mail stays small", async () => {
  const name = "x".repeat(10_000);
  const { subject, html, text } = await renderReauthEmail({
    ...usual,
    productName: name,
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
  const { subject, text } = await renderReauthEmail({ ...usual, productName: name, institutionName: name });
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
  expect((await renderReauthEmail({ ...usual, userName })).text).toContain(`${expected}\n`);
});

test("the same input gives the same mail", async () => {
  expect(await renderReauthEmail(usual)).toEqual(await renderReauthEmail({ ...usual }));
});

test.each<[string, Partial<ReauthEmailInput>]>([
  ["no product name", { productName: " \n " }],
  ["a product name that is only a URL", { productName: "https://acme.example" }],
  ["a relative link", { link: "/r/abc" }],
  ["a script as link", { link: "javascript:alert(1)" }],
])("a mail that would make no sense is refused: %s", async (_case, changed) => {
  await expect(renderReauthEmail({ ...usual, ...changed })).rejects.toThrow(EmailInputError);
});
