import { join } from "node:path";
import { PORT_OFFSET, readSettings, type Secret, setting, SettingsError } from "@relink/service";
import { z } from "zod";

export interface SandboxConfig {
  /** For everything that speaks HTTP. 0 takes any free one. */
  port: number;
  /** For the inbox's SMTP server. 0 takes any free one. */
  smtpPort: number;
  /** Where the state is kept: a path, or `:memory:`. */
  dataFile: string;
  /**
   * Divides the waits between a webhook's attempts, and until a Link session counts as left: 1000 turns the first 30 s
   * into 30 ms. Default 1.
   */
  timeScale?: number;
  /** The one client id and secret that are accepted. Any, if left out. */
  client?: { clientId: string; secret: Secret };
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** The sandbox as a browser sees it, if that differs from its own address. */
  publicUrl?: string;
}

/**
 * Reads `RELINK_PORT` (default 4000; the sandbox takes +3 and +25), `RELINK_DATA_DIR` (unset: nothing is kept),
 * `SANDBOX_TIME_SCALE` (default 1), `SANDBOX_PUBLIC_URL`, `PLAID_CLIENT_ID` with `PLAID_SECRET`, and `LOG_LEVEL`.
 *
 * @throws {@link SettingsError} naming every bad setting; also for `PLAID_ENV=production`, which this must never stand
 * in for.
 */
export function parseSandboxConfig(env: Readonly<Record<string, string | undefined>>): SandboxConfig {
  const settings = readSettings(
    "sandbox",
    {
      RELINK_PORT: setting.port,
      RELINK_DATA_DIR: z.string().optional(),
      SANDBOX_TIME_SCALE: z.coerce.number().min(0.001).max(1_000_000).default(1),
      SANDBOX_PUBLIC_URL: setting.linkPublicUrl.optional(),
      PLAID_ENV: z
        .literal("sandbox", { message: "must be sandbox: this stands in for Plaid in tests only" })
        .optional(),
      PLAID_CLIENT_ID: setting.plaidClientId.optional(),
      PLAID_SECRET: setting.plaidSecret.optional(),
      LOG_LEVEL: setting.logLevel,
    },
    env,
  );
  const { PLAID_CLIENT_ID: clientId, PLAID_SECRET: secret } = settings;
  if ((clientId === undefined) !== (secret === undefined))
    throw new SettingsError("sandbox", ["PLAID_CLIENT_ID, PLAID_SECRET: set both, or neither to accept any"]);
  return {
    port: settings.RELINK_PORT + PORT_OFFSET.sandbox,
    smtpPort: settings.RELINK_PORT + PORT_OFFSET.sandboxSmtp,
    dataFile: settings.RELINK_DATA_DIR === undefined ? ":memory:" : join(settings.RELINK_DATA_DIR, "sandbox.sqlite"),
    timeScale: settings.SANDBOX_TIME_SCALE,
    logLevel: settings.LOG_LEVEL,
    ...(clientId !== undefined && secret !== undefined && { client: { clientId, secret } }),
    ...(settings.SANDBOX_PUBLIC_URL !== undefined && { publicUrl: settings.SANDBOX_PUBLIC_URL }),
  };
}
