import { isTimeZone, RelinkError } from "@relink/core";
import { z } from "zod";
import { Secret } from "./secret.ts";

/** One or more settings are missing or wrong. Names every one of them, and never repeats a value. */
export class SettingsError extends RelinkError {
  override readonly name = "SettingsError";
  readonly code = "ERR_SETTINGS";
  readonly retryable = false;
  /** A line per setting: its name and what is wrong with it. */
  readonly problems: readonly string[];

  constructor(app: string, problems: readonly string[]) {
    super(
      `${app} cannot start: ${problems.length} setting(s) to correct\n${problems.map((p) => `  - ${p}`).join("\n")}`,
    );
    this.problems = problems;
  }
}

/**
 * Reads settings from an environment. Pure: the caller passes `process.env`.
 *
 * An empty string counts as missing, as in a compose file that passes on an unset variable.
 *
 * @param app - the name for the error's first line.
 * @param shape - one zod type per variable; take them from {@link setting} where a variable is shared by several apps.
 * @throws {@link SettingsError} naming every bad or missing variable at once.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  app: string,
  shape: Shape,
  env: Readonly<Record<string, string | undefined>>,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = z.object(shape).safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SettingsError(
    app,
    parsed.error.issues.map((issue) => {
      const name = issue.path.join(".");
      return name in given ? `${name}: ${issue.message}` : `${name}: missing`;
    }),
  );
}

/** A key ring from a setting: the first entry writes, all of them read. */
export type KeyRing = ReadonlyMap<string, Uint8Array>;

const KEY_ID = /^[A-Za-z0-9_-]{1,16}$/;

function urlOf(...protocols: string[]) {
  return z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    message: `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(" or ")}`,
  });
}

function parseKeyRing(value: string, context: z.RefinementCtx): KeyRing {
  const ring = new Map<string, Uint8Array>();
  for (const [index, entry] of value.split(",").entries()) {
    const problem = (message: string) => context.addIssue({ code: "custom", message: `key ${index + 1} ${message}` });
    const [id = "", encoded = "", ...rest] = entry.trim().split(":");
    const bytes = Buffer.from(encoded, "base64");
    if (rest.length > 0 || !KEY_ID.test(id))
      problem("must have the form id:base64, the id of 1 to 16 letters, digits, - or _");
    else if (ring.has(id)) problem("has an id that was used before it");
    else if (bytes.length !== 32 || bytes.toString("base64") !== encoded)
      problem("must be 32 bytes in base64: openssl rand -base64 32");
    else if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f))
      problem("is readable text, not random bytes: openssl rand -base64 32");
    else if (new Set(bytes).size < 8) problem("repeats itself, so it is not random: openssl rand -base64 32");
    else if ([...ring.values()].some((other) => bytes.equals(other))) problem("is the same as one before it");
    else ring.set(id, bytes);
  }
  return ring;
}

const networkOrAddress = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

const secret = (check: z.ZodString = z.string()) => check.transform((value) => new Secret(value));

/** The settings that several apps share, each with its check. Defaults exist only where nothing secret is concerned. */
export const setting = {
  /** A Postgres connection string, with the app's own role. */
  databaseUrl: urlOf("postgres:", "postgresql:").transform((value) => new Secret(value)),
  /** Redis or Valkey. */
  redisUrl: urlOf("redis:", "rediss:").transform((value) => new Secret(value)),
  plaidClientId: z.string().min(1),
  plaidSecret: secret(),
  plaidEnv: z.enum(["sandbox", "production"], { message: "must be sandbox or production" }),
  /** Overrides the host that `PLAID_ENV` names. */
  plaidBaseUrl: urlOf("http:", "https:").optional(),
  /** Where Link's script comes from. Default: Plaid's own. */
  plaidLinkScriptUrl: urlOf("http:", "https:").default("https://cdn.plaid.com/link/v2/stable/link-initialize.js"),
  /** Countries of the Items, as Link wants to know them: two letters each, with commas between. Default US. */
  plaidCountryCodes: z
    .string()
    .regex(/^[A-Z]{2}(,[A-Z]{2})*$/, "must be two-letter codes with commas between, such as US,CA")
    .default("US")
    .transform((value) => value.split(",")),
  /** How the company's product is called in mails, on the Link page and in Link. Default Relink. */
  productName: z.string().min(1).max(60).default("Relink"),
  /** Shown in mails and on the Link page. */
  brandLogoUrl: urlOf("https:").optional(),
  /** Of the buttons in mails and on the Link page. */
  brandColor: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #0b5fff")
    .optional(),
  /** Where users get help. Shown in mails and on the Link page. */
  supportAddress: z.email("must be an address such as help@example.com").optional(),
  /** For users whose own time zone is not known. Default America/New_York. */
  timeZone: z.string().refine(isTimeZone, "must be a time zone such as Europe/Paris").default("America/New_York"),
  /** `true` or `false`, which is the default. */
  flag: z
    .enum(["true", "false"], "must be true or false")
    .default("false")
    .transform((value) => value === "true"),
  /** The ingress as Plaid sees it; given to every Item. */
  plaidWebhookUrl: urlOf("http:", "https:"),
  /** `smtp://` or `smtps://`, with user and password where the relay asks for them. */
  smtpUrl: urlOf("smtp:", "smtps:").transform((value) => new Secret(value)),
  /** The sender, as `Name <address>` or a bare address. */
  emailFrom: z
    .string()
    .regex(
      /^(?:[^<>\r\n"]{1,80} <[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/,
      "must be an address, or Name <address>",
    ),
  /** The link app as a user's browser sees it, without a slash at the end. */
  linkPublicUrl: urlOf("http:", "https:").transform((value) => value.replace(/\/+$/, "")),
  /** The API as product teams reach it, without a slash at the end: for links in what they are told. */
  apiPublicUrl: urlOf("http:", "https:")
    .transform((value) => value.replace(/\/+$/, ""))
    .optional(),
  /** Overrides the hosts of Slack, for a stand-in. It has to be a target that may be called. */
  slackBaseUrl: urlOf("http:", "https:")
    .transform((value) => value.replace(/\/+$/, ""))
    .optional(),
  /** `id:base64,…`, 32 bytes each. */
  keyRing: z.string().transform(parseKeyRing),
  adminApiKey: secret(z.string().min(32, "must have at least 32 characters")),
  /** The first of the ports; each app adds its own offset. Default 4000. */
  port: z.coerce.number().int().min(1).max(65_000).default(4000),
  /** Wait between a confirmed break and the first mail, in seconds. Default 90. */
  reauthHoldSeconds: z.coerce.number().min(0).max(86_400).default(90),
  /** For an attempt as a whole, from DNS to the end of the answer. Default 15. */
  deliveryTimeoutSeconds: z.coerce.number().min(5).max(30).default(15),
  /** Addresses and networks that requests to receivers come from, with commas between. Default none: they are not fixed. */
  egressAddresses: z
    .string()
    .transform((value) => value.split(",").map((entry) => entry.trim()))
    .refine((entries) => entries.every((entry) => networkOrAddress.safeParse(entry).success), {
      message: "must be addresses and networks with commas between, such as 198.51.100.7,2001:db8:40::/48",
    })
    .default([]),
  logLevel: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
} as const;

/** Which Plaid to call, and as whom. */
export interface PlaidAccess {
  clientId: string;
  secret: Secret;
  env: "sandbox" | "production";
  /** Instead of the host that `env` names. */
  baseUrl?: string | undefined;
}

/** To be spread into the settings of an app that calls Plaid. */
export const plaidSettings = {
  PLAID_CLIENT_ID: setting.plaidClientId,
  PLAID_SECRET: setting.plaidSecret,
  PLAID_ENV: setting.plaidEnv,
  PLAID_BASE_URL: setting.plaidBaseUrl,
} as const;

export function toPlaidAccess(settings: z.output<z.ZodObject<typeof plaidSettings>>): PlaidAccess {
  return {
    clientId: settings.PLAID_CLIENT_ID,
    secret: settings.PLAID_SECRET,
    env: settings.PLAID_ENV,
    baseUrl: settings.PLAID_BASE_URL,
  };
}

const days = (fallback: number) =>
  z.coerce.number().int().min(0, "must be a number of days, or 0 to keep everything").max(36_500).default(fallback);

/** How long what has happened is kept, in days per table. To be spread into the settings of the app that deletes. */
export const retentionSettings = {
  /** Plaid's own log goes back 14 days; three months cover what users complain about late. */
  RETENTION_DAYS_WEBHOOK_EVENTS: days(90),
  RETENTION_DAYS_PLAID_API_EVENTS: days(90),
  /** A year and a month, so that what comes back every year can be compared. */
  RETENTION_DAYS_LINK_EVENTS: days(400),
  RETENTION_DAYS_EMAILS: days(400),
  /** What product teams were sent and what they answered, counted from the end of each delivery. */
  RETENTION_DAYS_DELIVERIES: days(30),
  /** What there was to tell; longer than its deliveries, so that a team can ask what it has missed. */
  RETENTION_DAYS_EVENTS: days(90),
} as const;

const list = z.string().transform((value) => value.split(",").map((entry) => entry.trim()));

const LAST_PORT = 65_535;

function parsePorts(value: string, context: z.RefinementCtx): readonly number[] {
  return value.split(",").flatMap((entry) => {
    const [, first = "", last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(entry) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (from >= 1 && from <= to && to <= LAST_PORT) return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    context.addIssue({ code: "custom", message: "must be ports with commas between, such as 8443 or 8000-8999" });
    return [];
  });
}

/**
 * Which receivers may be called, beyond `https:` on port 443 of the public internet. To be spread into the settings of the
 * apps that call what subscribers name. Receivers with a certificate authority of their own need `NODE_EXTRA_CA_CERTS`,
 * which Node itself reads.
 */
export const deliverySettings = {
  /** Networks (`10.20.0.0/16`), addresses and exact host names (`billing.internal`), with commas between. */
  DELIVERY_ALLOWED_TARGETS: list.default([]),
  /** Ports and ranges of ports, with commas between. */
  DELIVERY_ALLOWED_PORTS: z.string().transform(parsePorts).default([]),
  /** Lets the allowed targets be loopback, link-local or a cloud's metadata: whoever subscribes could read them. */
  DELIVERY_ALLOW_LOOPBACK: setting.flag,
  /** For development. */
  DELIVERY_ALLOW_HTTP: setting.flag,
  // Hosts of the installation itself, which nobody may subscribe.
  LINK_PUBLIC_URL: setting.linkPublicUrl,
  API_PUBLIC_URL: setting.apiPublicUrl,
  PLAID_WEBHOOK_URL: setting.plaidWebhookUrl.optional(),
} as const;

export type DeliverySettings = z.infer<z.ZodObject<typeof deliverySettings>>;

/** What is added to `RELINK_PORT`. `inside` ports carry health and metrics, and are never published. */
export const PORT_OFFSET = {
  ingress: 0,
  link: 1,
  api: 2,
  sandbox: 3,
  ingressInside: 10,
  linkInside: 11,
  workerInside: 14,
  sandboxSmtp: 25,
} as const;
