import { DEFAULT_POLICY, type ItemPolicy } from "@relink/core";
import {
  type KeyRing,
  type PlaidAccess,
  plaidSettings,
  PORT_OFFSET,
  readSettings,
  type Secret,
  setting,
  toPlaidAccess,
} from "@relink/service";
import { z } from "zod";

export interface LinkConfig {
  /** With the role `relink_link`. */
  databaseUrl: Secret;
  plaid: PlaidAccess;
  /** Where the browser gets Link from. */
  plaidLinkScriptUrl: string;
  plaidCountryCodes: readonly string[];
  /** Whether Link runs in our page, or on a page of Plaid's that the browser goes to and comes back from. */
  linkMode: "embedded" | "hosted";
  /** How the pages and Link call the company's product. */
  productName: string;
  /** Shown on the pages instead of the name. */
  brandLogoUrl?: string | undefined;
  /** `#rrggbb`, of buttons and marks. */
  brandColor?: string | undefined;
  /** Where the pages say that help is. */
  supportAddress?: string | undefined;
  /** The pages as a browser sees them: an origin, without a path. */
  publicUrl: string;
  encryptionKeys: KeyRing;
  linkTokenKeys: KeyRing;
  policy: ItemPolicy;
  port: number;
  /** Health and metrics; not to be published. */
  insidePort: number;
  logLevel: string;
}

/** @throws SettingsError naming every bad or missing variable. */
export function parseLinkConfig(env: Readonly<Record<string, string | undefined>>): LinkConfig {
  const settings = readSettings(
    "link",
    {
      DATABASE_URL: setting.databaseUrl,
      ...plaidSettings,
      PLAID_LINK_SCRIPT_URL: setting.plaidLinkScriptUrl,
      PLAID_COUNTRY_CODES: setting.plaidCountryCodes,
      LINK_MODE: z.enum(["embedded", "hosted"], "must be embedded or hosted").default("embedded"),
      PRODUCT_NAME: setting.productName,
      BRAND_LOGO_URL: setting.brandLogoUrl,
      BRAND_COLOR: setting.brandColor,
      SUPPORT_ADDRESS: setting.supportAddress,
      LINK_PUBLIC_URL: setting.linkPublicUrl.refine((url) => !URL.canParse(url) || new URL(url).origin === url, {
        message: "must be a scheme and a host alone: the pages need a host name of their own",
      }),
      ENCRYPTION_KEYS: setting.keyRing,
      LINK_TOKEN_KEYS: setting.keyRing,
      REAUTH_HOLD_SECONDS: setting.reauthHoldSeconds,
      RELINK_PORT: setting.port,
      LOG_LEVEL: setting.logLevel,
    },
    env,
  );
  return {
    databaseUrl: settings.DATABASE_URL,
    plaid: toPlaidAccess(settings),
    plaidLinkScriptUrl: settings.PLAID_LINK_SCRIPT_URL,
    plaidCountryCodes: settings.PLAID_COUNTRY_CODES,
    linkMode: settings.LINK_MODE,
    productName: settings.PRODUCT_NAME,
    brandLogoUrl: settings.BRAND_LOGO_URL,
    brandColor: settings.BRAND_COLOR,
    supportAddress: settings.SUPPORT_ADDRESS,
    publicUrl: settings.LINK_PUBLIC_URL,
    encryptionKeys: settings.ENCRYPTION_KEYS,
    linkTokenKeys: settings.LINK_TOKEN_KEYS,
    policy: { ...DEFAULT_POLICY, holdMs: settings.REAUTH_HOLD_SECONDS * 1_000 },
    port: settings.RELINK_PORT + PORT_OFFSET.link,
    insidePort: settings.RELINK_PORT + PORT_OFFSET.linkInside,
    logLevel: settings.LOG_LEVEL,
  };
}
