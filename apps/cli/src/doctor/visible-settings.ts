import { plaidSettings, setting } from "@relink/service";
import { z } from "zod";
import type { Finding } from "./finding.ts";

/** The settings of all apps that a machine of operators may have. */
const shape = {
  DATABASE_URL: setting.databaseUrl,
  REDIS_URL: setting.redisUrl,
  ...plaidSettings,
  PLAID_WEBHOOK_URL: setting.plaidWebhookUrl,
  PLAID_COUNTRY_CODES: setting.plaidCountryCodes,
  SMTP_URL: setting.smtpUrl,
  EMAIL_FROM: setting.emailFrom,
  LINK_PUBLIC_URL: setting.linkPublicUrl,
  ENCRYPTION_KEYS: setting.keyRing,
  LINK_TOKEN_KEYS: setting.keyRing,
  RELINK_ADMIN_API_KEY: setting.adminApiKey,
  REAUTH_HOLD_SECONDS: setting.reauthHoldSeconds,
  RELINK_PORT: setting.port,
  LOG_LEVEL: setting.logLevel,
};
const settings = z.object(shape).partial();

/** Those that some app does not start without. */
const NEEDED: readonly (keyof typeof shape)[] = [
  "DATABASE_URL",
  "REDIS_URL",
  "PLAID_CLIENT_ID",
  "PLAID_SECRET",
  "PLAID_ENV",
  "PLAID_WEBHOOK_URL",
  "SMTP_URL",
  "EMAIL_FROM",
  "LINK_PUBLIC_URL",
  "ENCRYPTION_KEYS",
  "LINK_TOKEN_KEYS",
  "RELINK_ADMIN_API_KEY",
];

export type VisibleSettings = z.output<typeof settings>;

/** Reads the settings that are there and right, and tells what is wrong with the others. */
export function readVisibleSettings(env: Readonly<Record<string, string | undefined>>): {
  settings: VisibleSettings;
  findings: Finding[];
} {
  const given = Object.fromEntries(
    Object.entries(env).filter(([name, value]) => name in shape && value !== undefined && value !== ""),
  );
  const parsed = settings.safeParse(given);
  const issues = parsed.error?.issues ?? [];
  const wrong = new Set(issues.map((issue) => String(issue.path[0])));
  const right = Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.has(name)));
  const visible = settings.parse(right);

  const findings = issues.map((issue): Finding => failed(`${String(issue.path[0])}: ${issue.message}`));
  const missing = NEEDED.filter((name) => !(name in given));
  if (missing.length > 0) {
    findings.push(warning(`not set here, so not looked at: ${missing.join(", ")}`));
  }
  findings.push(...compare(visible));
  if (findings.length === 0) findings.push({ check: "settings", state: "ok", message: "all there, and well formed" });
  return { settings: visible, findings };
}

const failed = (message: string): Finding => ({ check: "settings", state: "failed", message });
const warning = (message: string): Finding => ({ check: "settings", state: "warning", message });

/** What is right by itself, and wrong together. */
function compare({ PLAID_ENV, PLAID_BASE_URL, PLAID_WEBHOOK_URL, LINK_PUBLIC_URL }: VisibleSettings): Finding[] {
  if (PLAID_ENV !== "production") return [];
  const findings: Finding[] = [];
  if (PLAID_BASE_URL !== undefined) findings.push(warning("PLAID_BASE_URL leads calls of production away from Plaid"));
  for (const [name, url] of Object.entries({ PLAID_WEBHOOK_URL, LINK_PUBLIC_URL })) {
    if (url?.startsWith("http:")) findings.push(failed(`${name}: must begin with https:// in production`));
  }
  return findings;
}
