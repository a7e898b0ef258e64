import { readTargetPolicy, type TargetPolicy } from "@relink/delivery";
import {
  deliverySettings,
  type KeyRing,
  type PlaidAccess,
  plaidSettings,
  PORT_OFFSET,
  readSettings,
  type Secret,
  setting,
  toPlaidAccess,
} from "@relink/service";
import { hashApiKey } from "./hash-api-key.ts";

export interface ApiConfig {
  databaseUrl: Secret;
  plaid: PlaidAccess;
  /** Where every Item that is registered is told to send its webhooks. */
  plaidWebhookUrl: string;
  /** What deep links begin with. */
  linkPublicUrl: string;
  encryptionKeys: KeyRing;
  linkTokenKeys: KeyRing;
  /** SHA-256. The key itself is nowhere in the process once the settings are read. */
  adminApiKeyHash: Buffer;
  reauthHoldSeconds: number;
  /** Which receivers of events may be called. */
  targetPolicy: TargetPolicy;
  /** Where requests to receivers come from, as receivers are told. */
  egressAddresses: readonly string[];
  /** 0 takes any free one. */
  port: number;
  logLevel: string;
}

/** @throws SettingsError naming every bad or missing variable. */
export function parseApiConfig(env: Readonly<Record<string, string | undefined>>): ApiConfig {
  const settings = readSettings(
    "api",
    {
      DATABASE_URL: setting.databaseUrl,
      ...plaidSettings,
      ENCRYPTION_KEYS: setting.keyRing,
      LINK_TOKEN_KEYS: setting.keyRing,
      RELINK_ADMIN_API_KEY: setting.adminApiKey,
      REAUTH_HOLD_SECONDS: setting.reauthHoldSeconds,
      ...deliverySettings,
      PLAID_WEBHOOK_URL: setting.plaidWebhookUrl,
      EGRESS_ADDRESSES: setting.egressAddresses,
      RELINK_PORT: setting.port,
      LOG_LEVEL: setting.logLevel,
    },
    env,
  );
  return {
    databaseUrl: settings.DATABASE_URL,
    plaid: toPlaidAccess(settings),
    plaidWebhookUrl: settings.PLAID_WEBHOOK_URL,
    linkPublicUrl: settings.LINK_PUBLIC_URL,
    encryptionKeys: settings.ENCRYPTION_KEYS,
    linkTokenKeys: settings.LINK_TOKEN_KEYS,
    adminApiKeyHash: hashApiKey(settings.RELINK_ADMIN_API_KEY.reveal()),
    reauthHoldSeconds: settings.REAUTH_HOLD_SECONDS,
    targetPolicy: readTargetPolicy("api", settings),
    egressAddresses: settings.EGRESS_ADDRESSES,
    port: settings.RELINK_PORT + PORT_OFFSET.api,
    logLevel: settings.LOG_LEVEL,
  };
}
