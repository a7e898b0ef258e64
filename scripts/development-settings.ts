import { deliverySettings, PORT_OFFSET, retentionSettings } from "@relink/service";
import type { AppName, DatabaseRole } from "@relink/testkit";
import { DevelopmentError } from "./development-error.ts";
import type { DevelopmentSecrets } from "./development-secrets.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What this machine is to run, and where. Pure: made from the environment alone. */
export interface DevelopmentPlan {
  /** True: Plaid's own servers. False: the sandbox stands in for them. */
  usesPlaid: boolean;
  /** The sandbox is Plaid, or the inbox, or both. */
  usesSandbox: boolean;
  /** `RELINK_PORT`. */
  firstPort: number;
  /** `undefined` where the database, or Redis, is given and not started here. */
  postgresPort: number | undefined;
  redisPort: number | undefined;
  apps: readonly AppName[];
  /** Every port that has to be free, with what is to listen there. */
  ports: ReadonlyMap<number, string>;
}

/** Added to `RELINK_PORT`, like the apps' own offsets. */
const POSTGRES_OFFSET = 30;
const REDIS_OFFSET = 31;

/**
 * @throws {@link DevelopmentError} if settings contradict each other.
 */
export function planDevelopment(env: Environment): DevelopmentPlan {
  const usesPlaid = isSet(env, "PLAID_CLIENT_ID");
  if (usesPlaid !== isSet(env, "PLAID_SECRET")) {
    throw new DevelopmentError(
      "set both PLAID_CLIENT_ID and PLAID_SECRET to talk to Plaid, or neither to use the sandbox",
    );
  }
  const isProduction = env["PLAID_ENV"] === "production";
  if (isProduction && !usesPlaid) {
    throw new DevelopmentError(
      "PLAID_ENV is production: set PLAID_CLIENT_ID and PLAID_SECRET too, or unset it to use the sandbox",
    );
  }
  if (isProduction && !isSet(env, "SMTP_URL")) {
    throw new DevelopmentError(
      "PLAID_ENV is production: set SMTP_URL to your mail relay, for the inbox here shows every mail to whoever asks",
    );
  }
  if (usesPlaid && !isSet(env, "PLAID_WEBHOOK_URL")) {
    throw new DevelopmentError(
      "set PLAID_WEBHOOK_URL to the address under which Plaid reaches this machine's /webhooks/plaid from the internet, through a tunnel for instance: every Item is given it",
    );
  }
  const firstPort = Number(env["RELINK_PORT"] || 4000);
  if (!Number.isInteger(firstPort) || firstPort < 1 || firstPort > 65_000) {
    throw new DevelopmentError("RELINK_PORT must be a number from 1 to 65000");
  }

  const usesSandbox = !usesPlaid || !isSet(env, "SMTP_URL");
  const postgresPort = isSet(env, "DATABASE_URL") ? undefined : firstPort + POSTGRES_OFFSET;
  const redisPort = isSet(env, "REDIS_URL") ? undefined : firstPort + REDIS_OFFSET;
  const offsets = Object.entries(PORT_OFFSET).filter(([name]) => usesSandbox || !name.startsWith("sandbox"));
  const ports = new Map(offsets.map(([name, offset]) => [firstPort + offset, name.replace(/[A-Z].*/, "")]));
  if (postgresPort !== undefined) ports.set(postgresPort, "Postgres");
  if (redisPort !== undefined) ports.set(redisPort, "Redis");
  const apps: AppName[] = ["ingress", "worker", "link", "api"];
  if (usesSandbox) apps.unshift("sandbox");
  return { usesPlaid, usesSandbox, firstPort, postgresPort, redisPort, apps, ports };
}

/** What only a running machine can tell. */
export interface DevelopmentStores {
  databaseUrlFor: (role: DatabaseRole) => string;
  redisUrl: string;
  dataDir: string;
}

/**
 * The settings of each app: those that it needs and no others, so that none holds a secret that it has no use for. What is
 * set in the environment goes before what is made up here.
 */
export function appSettings(
  plan: DevelopmentPlan,
  env: Environment,
  secrets: DevelopmentSecrets,
  stores: DevelopmentStores,
): Record<AppName, Record<string, string>> {
  const at = (offset: number) => `http://localhost:${plan.firstPort + offset}`;
  const defaults: Record<string, string> = {
    ...secrets,
    REDIS_URL: stores.redisUrl,
    PLAID_ENV: "sandbox",
    LINK_PUBLIC_URL: at(PORT_OFFSET.link),
    API_PUBLIC_URL: at(PORT_OFFSET.api),
    SMTP_URL: `smtp://127.0.0.1:${plan.firstPort + PORT_OFFSET.sandboxSmtp}`,
    // A product that does not exist, so that mails and pages read as they will.
    PRODUCT_NAME: "Acme Money",
    EMAIL_FROM: "Acme Money <hello@acme.example>",
    REAUTH_HOLD_SECONDS: "3",
    // Whoever tries it out receives on this machine.
    DELIVERY_ALLOWED_TARGETS: "localhost,127.0.0.0/8,::1",
    DELIVERY_ALLOWED_PORTS: "1-65535",
    DELIVERY_ALLOW_LOOPBACK: "true",
    DELIVERY_ALLOW_HTTP: "true",
    ...(!plan.usesPlaid && {
      PLAID_CLIENT_ID: "relink-development",
      PLAID_BASE_URL: at(PORT_OFFSET.sandbox),
      PLAID_LINK_SCRIPT_URL: `${at(PORT_OFFSET.sandbox)}/link/v2/stable/link-initialize.js`,
      PLAID_WEBHOOK_URL: `${at(PORT_OFFSET.ingress)}/webhooks/plaid`,
    }),
  };
  const pick = (...names: string[]) =>
    Object.fromEntries(
      [...names, "LOG_LEVEL"].flatMap((name) => {
        const value = env[name] || defaults[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
  const plaid = ["PLAID_CLIENT_ID", "PLAID_SECRET", "PLAID_ENV", "PLAID_BASE_URL"];
  const keys = ["ENCRYPTION_KEYS", "LINK_TOKEN_KEYS", "LINK_PUBLIC_URL", "REAUTH_HOLD_SECONDS"];
  const brand = ["PRODUCT_NAME", "BRAND_LOGO_URL", "BRAND_COLOR", "SUPPORT_ADDRESS"];
  const retention = Object.keys(retentionSettings);
  const delivery = Object.keys(deliverySettings);
  const database = (role: DatabaseRole) => ({ DATABASE_URL: stores.databaseUrlFor(role) });
  return {
    sandbox: {
      RELINK_DATA_DIR: stores.dataDir,
      ...pick(
        "SANDBOX_TIME_SCALE",
        "SANDBOX_PUBLIC_URL",
        ...(plan.usesPlaid ? [] : ["PLAID_CLIENT_ID", "PLAID_SECRET"]),
      ),
    },
    ingress: { ...database("relink_ingress"), ...pick("REDIS_URL", ...plaid, "TRUSTED_PROXIES") },
    worker: {
      ...database("relink_worker"),
      ...pick("REDIS_URL", ...plaid, ...keys, ...brand, "PLAID_COUNTRY_CODES", "SMTP_URL", "EMAIL_FROM"),
      ...pick("PLAID_WEBHOOK_EVENTS", "DEFAULT_TIME_ZONE", "NEW_ACCOUNTS_EMAIL", ...retention, ...delivery),
      ...pick("SLACK_BASE_URL", "DELIVERY_TIMEOUT_SECONDS"),
    },
    link: {
      ...database("relink_link"),
      ...pick(...plaid, ...keys, ...brand, "PLAID_LINK_SCRIPT_URL", "PLAID_COUNTRY_CODES", "LINK_MODE"),
    },
    api: {
      ...database("relink_api"),
      ...pick(...plaid, ...keys, "RELINK_ADMIN_API_KEY", "EGRESS_ADDRESSES", ...delivery),
    },
  };
}

/**
 * A given database as one of Relink's roles, which the login of the URL must be a member of: each app keeps to its own
 * rights.
 */
export function withRole(databaseUrl: string, role: DatabaseRole): string {
  const url = new URL(databaseUrl);
  const options = [url.searchParams.get("options"), `-c role=${role}`].filter((option) => option !== null);
  url.searchParams.set("options", options.join(" "));
  url.search = url.search.replaceAll("+", "%20"); // as Postgres' own programs read it
  return url.href;
}

function isSet(env: Environment, name: string): boolean {
  return (env[name] ?? "") !== "";
}
