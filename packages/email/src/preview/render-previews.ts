import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { LANGUAGES, MAIL_TEMPLATES } from "@relink/core";
import { type EmailInput, renderEmail } from "../render-email.tsx";

// Writes every mail in every language as .html and .txt, so that a person can look at them:
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

const mails = new Map<string, EmailInput>();
for (const language of LANGUAGES) {
  for (const template of MAIL_TEMPLATES) {
    const name = `${template.replaceAll("_", "-")}.${language}`;
    mails.set(name, { ...usual, template, language });
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

await mkdir(directory, { recursive: true });
for (const [name, input] of mails) {
  const { subject, html, text } = await renderEmail(input);
  await writeFile(join(directory, `${name}.html`), html);
  await writeFile(join(directory, `${name}.txt`), `Subject: ${subject}\n\n${text}`);
}
process.stdout.write(`${mails.size} mails in ${directory}\n`);
