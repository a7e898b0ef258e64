import { baseUrlOf } from "@relink/plaid";
import { toPlaidAccess } from "@relink/service";
import { checkDatabaseClock, checkPlaidClock } from "./check-clocks.ts";
import { checkMail } from "./check-mail.ts";
import { checkPlaid } from "./check-plaid.ts";
import { checkPostgres } from "./check-postgres.ts";
import { checkRedis } from "./check-redis.ts";
import { checkWebhookUrl } from "./check-webhook-url.ts";
import type { Check } from "./finding.ts";
import type { VisibleSettings } from "./visible-settings.ts";

/** What can be looked at with these settings. */
export function checksFor(settings: VisibleSettings): [name: string, check: Check][] {
  const { DATABASE_URL, REDIS_URL, PLAID_CLIENT_ID, PLAID_SECRET, PLAID_ENV, PLAID_BASE_URL } = settings;
  const { ENCRYPTION_KEYS, PLAID_WEBHOOK_URL, PLAID_COUNTRY_CODES, SMTP_URL, EMAIL_FROM } = settings;
  const checks: [string, Check][] = [];
  if (DATABASE_URL !== undefined) {
    checks.push(["postgres", () => checkPostgres(DATABASE_URL, ENCRYPTION_KEYS)]);
  }
  if (REDIS_URL !== undefined) checks.push(["redis", () => checkRedis(REDIS_URL)]);
  if (PLAID_CLIENT_ID !== undefined && PLAID_SECRET !== undefined && PLAID_ENV !== undefined) {
    const access = toPlaidAccess({ PLAID_CLIENT_ID, PLAID_SECRET, PLAID_ENV, PLAID_BASE_URL });
    checks.push(["plaid", () => checkPlaid({ ...access, countryCodes: PLAID_COUNTRY_CODES ?? ["US"] })]);
  }
  if (PLAID_WEBHOOK_URL !== undefined) checks.push(["webhook url", () => checkWebhookUrl(PLAID_WEBHOOK_URL)]);
  if (DATABASE_URL !== undefined) checks.push(["clock", () => checkDatabaseClock(DATABASE_URL)]);
  if (PLAID_ENV !== undefined) {
    checks.push(["clock", () => checkPlaidClock(baseUrlOf({ env: PLAID_ENV, baseUrl: PLAID_BASE_URL }))]);
  }
  if (SMTP_URL !== undefined && EMAIL_FROM !== undefined) {
    checks.push(["mail", () => checkMail(SMTP_URL, EMAIL_FROM)]);
  }
  return checks;
}
