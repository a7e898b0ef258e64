import { DEFAULT_POLICY, type ItemPolicy } from "@relink/core";
import { readTargetPolicy, type TargetPolicy } from "@relink/delivery";
import type { Brand } from "@relink/email";
import { type RetentionPolicy, toRetentionPolicy } from "@relink/items";
import {
  deliverySettings,
  type KeyRing,
  type PlaidAccess,
  plaidSettings,
  PORT_OFFSET,
  readSettings,
  retentionSettings,
  type Secret,
  setting,
  toPlaidAccess,
} from "@relink/service";

export interface WorkerConfig {
  databaseUrl: Secret;
  redisUrl: Secret;
  plaid: PlaidAccess;
  smtpUrl: Secret;
  emailFrom: string;
  brand: Brand;
  /** Of users whose own is not known. */
  defaultTimeZone: string;
  linkPublicUrl: string;
  /** The API as product teams reach it; without it what they are told has no links. */
  apiPublicUrl?: string | undefined;
  /** Instead of Slack's own hosts. */
  slackBaseUrl?: string | undefined;
  encryptionKeys: KeyRing;
  linkTokenKeys: KeyRing;
  policy: ItemPolicy;
  countryCodes: readonly string[];
  /** Whether Plaid is asked which of its webhooks never arrived: a beta, which not every client may use. */
  readsUndelivered: boolean;
  retention: RetentionPolicy;
  /** Longest wait for a receiver of events. */
  deliveryTimeoutMs: number;
  /** Which receivers of events may be called. */
  targetPolicy: TargetPolicy;
  /** Health and metrics; not to be published. */
  insidePort: number;
  logLevel: string;
}

/** @throws SettingsError naming every bad or missing variable. */
export function parseWorkerConfig(env: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const settings = readSettings(
    "worker",
    {
      DATABASE_URL: setting.databaseUrl,
      REDIS_URL: setting.redisUrl,
      ...plaidSettings,
      SMTP_URL: setting.smtpUrl,
      EMAIL_FROM: setting.emailFrom,
      PRODUCT_NAME: setting.productName,
      BRAND_LOGO_URL: setting.brandLogoUrl,
      BRAND_COLOR: setting.brandColor,
      SUPPORT_ADDRESS: setting.supportAddress,
      DEFAULT_TIME_ZONE: setting.timeZone,
      NEW_ACCOUNTS_EMAIL: setting.flag,
      PLAID_WEBHOOK_EVENTS: setting.flag,
      PLAID_COUNTRY_CODES: setting.plaidCountryCodes,
      SLACK_BASE_URL: setting.slackBaseUrl,
      ENCRYPTION_KEYS: setting.keyRing,
      LINK_TOKEN_KEYS: setting.keyRing,
      REAUTH_HOLD_SECONDS: setting.reauthHoldSeconds,
      ...retentionSettings,
      DELIVERY_TIMEOUT_SECONDS: setting.deliveryTimeoutSeconds,
      ...deliverySettings,
      RELINK_PORT: setting.port,
      LOG_LEVEL: setting.logLevel,
    },
    env,
  );
  return {
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    plaid: toPlaidAccess(settings),
    smtpUrl: settings.SMTP_URL,
    emailFrom: settings.EMAIL_FROM,
    brand: {
      productName: settings.PRODUCT_NAME,
      logoUrl: settings.BRAND_LOGO_URL,
      color: settings.BRAND_COLOR,
      supportAddress: settings.SUPPORT_ADDRESS,
    },
    defaultTimeZone: settings.DEFAULT_TIME_ZONE,
    linkPublicUrl: settings.LINK_PUBLIC_URL,
    apiPublicUrl: settings.API_PUBLIC_URL,
    slackBaseUrl: settings.SLACK_BASE_URL,
    encryptionKeys: settings.ENCRYPTION_KEYS,
    linkTokenKeys: settings.LINK_TOKEN_KEYS,
    policy: {
      ...DEFAULT_POLICY,
      holdMs: settings.REAUTH_HOLD_SECONDS * 1_000,
      tellsOfNewAccounts: settings.NEW_ACCOUNTS_EMAIL,
    },
    countryCodes: settings.PLAID_COUNTRY_CODES,
    readsUndelivered: settings.PLAID_WEBHOOK_EVENTS,
    retention: toRetentionPolicy(settings),
    deliveryTimeoutMs: settings.DELIVERY_TIMEOUT_SECONDS * 1_000,
    targetPolicy: readTargetPolicy("worker", settings),
    insidePort: settings.RELINK_PORT + PORT_OFFSET.workerInside,
    logLevel: settings.LOG_LEVEL,
  };
}
