import {
  type PlaidAccess,
  plaidSettings,
  PORT_OFFSET,
  readSettings,
  type Secret,
  setting,
  toPlaidAccess,
} from "@relink/service";
import { z } from "zod";

export interface IngressConfig {
  databaseUrl: Secret;
  redisUrl: Secret;
  plaid: PlaidAccess;
  /** Where Plaid posts to. */
  port: number;
  /** Health and metrics; not to be published. */
  insidePort: number;
  /** Proxies in front that add to `X-Forwarded-For`. The address is used for logs and for the key budget only. */
  trustedProxies: number;
  logLevel: string;
}

/** @throws SettingsError naming every bad or missing variable. */
export function parseIngressConfig(env: Readonly<Record<string, string | undefined>>): IngressConfig {
  const settings = readSettings(
    "ingress",
    {
      DATABASE_URL: setting.databaseUrl,
      REDIS_URL: setting.redisUrl,
      ...plaidSettings,
      RELINK_PORT: setting.port,
      TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
      LOG_LEVEL: setting.logLevel,
    },
    env,
  );
  return {
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    plaid: toPlaidAccess(settings),
    port: settings.RELINK_PORT + PORT_OFFSET.ingress,
    insidePort: settings.RELINK_PORT + PORT_OFFSET.ingressInside,
    trustedProxies: settings.TRUSTED_PROXIES,
    logLevel: settings.LOG_LEVEL,
  };
}
