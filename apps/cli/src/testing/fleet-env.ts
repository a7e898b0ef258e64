import { randomBytes } from "node:crypto";
import { setting } from "@relink/service";

const ENCRYPTION_KEYS = `t1:${randomBytes(32).toString("base64")}`;

/** The ring of {@link fleetEnv}. */
export const fleetKeys = () => setting.keyRing.parse(ENCRYPTION_KEYS);

/** The settings of the commands that work on many Items, and `PATH` for those that run as a process. */
export function fleetEnv(databaseUrl: string, plaidUrl: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEYS,
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret-of-the-client",
    PLAID_ENV: "sandbox",
    PLAID_BASE_URL: plaidUrl,
  };
}
