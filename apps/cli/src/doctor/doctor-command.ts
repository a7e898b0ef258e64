import { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import { createReport } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { textTable } from "../text-table.ts";
import { checkDatabaseClock, checkPlaidClock } from "./check-clocks.ts";
import { checkMail } from "./check-mail.ts";
import { checkPlaid } from "./check-plaid.ts";
import { checkPostgres } from "./check-postgres.ts";
import { checkRedis } from "./check-redis.ts";
import { checkWebhookUrl } from "./check-webhook-url.ts";
import { type Check, type Finding, runCheck } from "./finding.ts";
import { readVisibleSettings, type VisibleSettings } from "./visible-settings.ts";

/** `relink doctor`: is everything as it should be? */
export function doctorCommand(terminal: Terminal, endWith: (exitCode: number) => void): Command {
  return new Command("doctor")
    .description("look at settings, stores, Plaid, the webhook URL, clocks and the mail server")
    .addHelpText(
      "after",
      `
Looks at what the settings in the environment lead to, changes nothing and sends no mail. Run it where the apps run, with
their settings; what is not set is not looked at.

Exit code 1 if something has failed. Warnings leave it at 0.

Example:
  relink doctor --json | jq -r 'select(.state == "failed") | .message'`,
    )
    .action(async (_options, self: Command) => {
      const { settings, findings } = readVisibleSettings(terminal.env);
      const checks = checksFor(settings);
      const found = await Promise.all(checks.map(([name, check]) => runCheck(name, check)));
      const all: Finding[] = [...findings, ...found.flat()];

      const report = createReport(terminal, self.optsWithGlobals<{ json?: true }>().json === true);
      for (const finding of all) report.detail(finding, "");
      const failed = all.filter(({ state }) => state === "failed").length;
      const warnings = all.filter(({ state }) => state === "warning").length;
      report.result({ failed, warnings }, textTable(all.map(({ state, check, message }) => [state, check, message])));
      if (failed > 0) endWith(EXIT.refused);
    });
}

/** What can be looked at with these settings. */
function checksFor(settings: VisibleSettings): [name: string, check: Check][] {
  const { DATABASE_URL, REDIS_URL, PLAID_CLIENT_ID, PLAID_SECRET, PLAID_ENV, PLAID_BASE_URL } = settings;
  const { ENCRYPTION_KEYS, PLAID_WEBHOOK_URL, PLAID_COUNTRY_CODES, SMTP_URL, EMAIL_FROM } = settings;
  const checks: [string, Check][] = [];
  if (DATABASE_URL !== undefined) {
    checks.push(["postgres", () => checkPostgres(DATABASE_URL, ENCRYPTION_KEYS)]);
  }
  if (REDIS_URL !== undefined) checks.push(["redis", () => checkRedis(REDIS_URL)]);
  if (PLAID_CLIENT_ID !== undefined && PLAID_SECRET !== undefined && PLAID_ENV !== undefined) {
    const credentials = { clientId: PLAID_CLIENT_ID, secret: PLAID_SECRET, env: PLAID_ENV, baseUrl: PLAID_BASE_URL };
    checks.push(["plaid", () => checkPlaid({ ...credentials, countryCodes: PLAID_COUNTRY_CODES ?? ["US"] })]);
  }
  if (PLAID_WEBHOOK_URL !== undefined) checks.push(["webhook url", () => checkWebhookUrl(PLAID_WEBHOOK_URL)]);
  if (DATABASE_URL !== undefined) checks.push(["clock", () => checkDatabaseClock(DATABASE_URL)]);
  if (PLAID_ENV !== undefined) {
    checks.push(["clock", () => checkPlaidClock(PLAID_BASE_URL ?? `https://${PLAID_ENV}.plaid.com`)]);
  }
  if (SMTP_URL !== undefined && EMAIL_FROM !== undefined) {
    checks.push(["mail", () => checkMail(SMTP_URL, EMAIL_FROM)]);
  }
  return checks;
}
