import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LANGUAGES, MAIL_TEMPLATES, type MailTemplate } from "@relink/core";
import { launchChromium } from "@relink/testkit";
import { type EmailInput, renderEmail } from "../render-email.tsx";

// Writes every mail in every language as .html, .txt and .png (by day, at night, on a telephone), so that a person can look
// at them. Needs Chromium:
//   pnpm --filter @relink/email preview [directory]

const directory = resolve(process.argv[2] ?? join(import.meta.dirname, "preview"));

const usual: Omit<EmailInput, "template" | "language"> = {
  brand: { productName: "Acme", supportAddress: "help@acme.example" },
  institutionName: "First Platypus Bank",
  userName: "Ada",
  link: "https://link.acme.example/r/k1.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ",
  expiresAt: new Date("2026-12-05T14:00:00Z"),
  timeZone: "America/New_York",
  reminder: 0,
  endsAt: new Date("2026-11-29T14:00:00Z"),
};

function letter(template: MailTemplate, language: EmailInput["language"]): EmailInput {
  const isGoodNews = template === "connected_again";
  return { ...usual, template, language, ...(isGoodNews && { link: null, expiresAt: null }) };
}

const mails = new Map<string, EmailInput>();
for (const language of LANGUAGES) {
  for (const template of MAIL_TEMPLATES) {
    const name = `${template.replaceAll("_", "-")}.${language}`;
    mails.set(name, letter(template, language));
    if (template === "bank_action_required") {
      for (const bankAction of ["unlock", "reset_password", "finish_setup"] as const) {
        mails.set(`${name}.${bankAction.replaceAll("_", "-")}`, { ...usual, template, language, bankAction });
      }
    }
  }
  mails.set(`login-required.${language}.reminder`, { ...usual, template: "login_required", language, reminder: 1 });
}
const plain = { ...usual, template: "login_required", language: "en" } as const;
mails.set("login-required.en.nameless", { ...plain, institutionName: null, userName: undefined });
mails.set("login-required.en.long-names", {
  ...plain,
  brand: { productName: "Acme Household Budgeting & Long-Term Savings Planner" },
  institutionName: "Raiffeisenlandesbankengenossenschaftsverband of the Northern and Southern Provinces (Business)",
});
mails.set("login-required.en.branded", { ...plain, brand: { ...usual.brand, color: "#ffb000" } });

/** Widths in CSS pixels. */
const LOOKS = {
  "": { colorScheme: "light", width: 620 },
  ".dark": { colorScheme: "dark", width: 620 },
  ".narrow": { colorScheme: "light", width: 360 },
} as const;

await mkdir(directory, { recursive: true });
const browser = await launchChromium();
try {
  for (const [name, input] of mails) {
    const { subject, html, text } = await renderEmail(input);
    await writeFile(join(directory, `${name}.html`), html);
    await writeFile(join(directory, `${name}.txt`), `Subject: ${subject}\n\n${text}`);
    for (const [look, { colorScheme, width }] of Object.entries(LOOKS)) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 100 } });
      await page.setContent(html);
      await page.screenshot({ path: join(directory, `${name}${look}.png`), fullPage: true });
      await page.close();
    }
  }
} finally {
  await browser.close();
}
process.stdout.write(`${mails.size} mails in ${directory}\n`);
