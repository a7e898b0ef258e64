import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describePatterns, LANGUAGES, MAIL_TEMPLATES, type MailTemplate, writeNotification } from "@relink/core";
import { launchChromium } from "@relink/testkit";
import { renderConfirmationMail } from "../render-confirmation-mail.tsx";
import { type EmailInput, type RenderedEmail, renderEmail } from "../render-email.tsx";
import { renderTeamMail } from "../render-team-mail.tsx";

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

/** What teams get about an outage of 400 connections, of which so many are repaired. */
async function renderOutage(recovered: number): Promise<RenderedEmail> {
  const until = recovered === 400 ? new Date("2026-11-24T17:20:00Z") : null;
  const ids = ["itm_01kazv0c8meygs6x2m70v1rr2f", "itm_01kazv0c8qf4tbn9y2k6w3e5h7", "itm_01kazv0c8t3jd8r5a7v1x4m6p0"];
  return renderTeamMail({
    text: writeNotification({
      topic: {
        environment: "production",
        institutionId: "ins_109508",
        requestedId: null,
        isTest: false,
        type: "item.error",
        trouble: { state: "login_required", errorType: "ITEM_ERROR", errorCode: "ITEM_LOGIN_REQUIRED", reason: null },
      },
      institutionName: "First Platypus Bank",
      count: 400,
      recovered,
      changed: 0,
      since: new Date("2026-11-22T09:30:00Z"),
      until,
      endsAt: null,
    }),
    named: {
      label: "Items",
      items: ids.map((id) => ({ id, url: `https://relink-api.acme.example/v1/items/${id}/timeline` })),
      more: (until === null ? 400 - recovered : 400) - ids.length,
    },
    productName: "Acme",
    environment: "production",
    subscriptionId: "sub_01kazv2z3we6n9p4q8r5s7t1vb",
    unsubscribeUrl: "https://link.acme.example/team-mail/token",
  });
}

const rendered = new Map([...mails].map(([name, input]) => [name, renderEmail(input)] as const));
rendered.set("team.outage", renderOutage(12));
rendered.set("team.over", renderOutage(400));
rendered.set(
  "team.confirmation",
  renderConfirmationMail({
    teamName: "Payments",
    productName: "Acme",
    subjects: describePatterns(["item.*", "reauth.*"]),
    subscriptionId: "sub_01kazv2z3we6n9p4q8r5s7t1vb",
    confirmUrl: "https://link.acme.example/team-mail/confirm/token",
    expiresAt: new Date("2026-11-23T09:30:00Z"),
  }),
);

/** Widths in CSS pixels. */
const LOOKS = {
  "": { colorScheme: "light", width: 620 },
  ".dark": { colorScheme: "dark", width: 620 },
  ".narrow": { colorScheme: "light", width: 360 },
} as const;

await mkdir(directory, { recursive: true });
const browser = await launchChromium();
try {
  for (const [name, mail] of rendered) {
    const { subject, html, text } = await mail;
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
process.stdout.write(`${rendered.size} mails in ${directory}\n`);
