import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type ReauthEmailInput, renderReauthEmail } from "../render-reauth-email.tsx";

// Writes every mail as .html and .txt, so that a person can look at them:
//   pnpm --filter @relink/email preview [directory]

const directory = resolve(process.argv[2] ?? join(import.meta.dirname, "preview"));

const usual: Omit<ReauthEmailInput, "template"> = {
  productName: "Acme",
  institutionName: "First Platypus Bank",
  userName: "Ada",
  link: "https://link.acme.example/r/k1.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ",
  expiresAt: new Date("2026-12-05T14:00:00Z"),
};

const mails: Record<string, ReauthEmailInput> = {
  "login-required": { ...usual, template: "login_required" },
  "login-required-nameless": { ...usual, template: "login_required", institutionName: null, userName: undefined },
  "login-required-long-names": {
    ...usual,
    template: "login_required",
    productName: "Acme Household Budgeting & Long-Term Savings Planner",
    institutionName: "Raiffeisenlandesbankengenossenschaftsverband of the Northern and Southern Provinces (Business)",
  },
  "bank-action-required": { ...usual, template: "bank_action_required" },
  "bank-action-required-locked": { ...usual, template: "bank_action_required", reason: "locked" },
  "bank-action-required-password-reset": { ...usual, template: "bank_action_required", reason: "password_reset" },
  "bank-action-required-setup": { ...usual, template: "bank_action_required", reason: "setup" },
};

await mkdir(directory, { recursive: true });
for (const [name, input] of Object.entries(mails)) {
  const { subject, html, text } = await renderReauthEmail(input);
  await writeFile(join(directory, `${name}.html`), html);
  await writeFile(join(directory, `${name}.txt`), `Subject: ${subject}\n\n${text}`);
}
process.stdout.write(`${Object.keys(mails).length} mails in ${directory}\n`);
