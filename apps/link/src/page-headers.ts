import { baseUrlOf } from "@relink/plaid";
import type { PlaidAccess } from "@relink/service";
import type { LinkConfig } from "./config.ts";

/**
 * The headers of every answer.
 *
 * The page may run its own script and Link's, at exactly its address, and show Link's frame. `strict-origin` and not
 * `no-referrer`, under which some browsers send `Origin: null` and would be refused. `same-origin-allow-popups` lets the
 * bank's pop-up find its way back to the page that opened it.
 *
 * @see https://plaid.com/docs/link/web/ (checked 2026-11-21), for what Link needs of a content security policy
 */
export function pageHeaders(
  config: { plaid: Pick<PlaidAccess, "env" | "baseUrl"> } & Pick<
    LinkConfig,
    "plaidLinkScriptUrl" | "publicUrl" | "brandLogoUrl"
  >,
): Readonly<Record<string, string>> {
  const plaidApi = new URL(baseUrlOf(config.plaid)).origin;
  const linkOrigin = new URL(config.plaidLinkScriptUrl).origin;
  const logo = config.brandLogoUrl === undefined ? "" : ` ${new URL(config.brandLogoUrl).origin}`;
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${config.plaidLinkScriptUrl}`,
    "style-src 'self'",
    `img-src 'self' data:${logo}`,
    `frame-src ${linkOrigin}`,
    `connect-src 'self' ${plaidApi}`,
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin",
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "permissions-policy": "geolocation=(), microphone=(), payment=()",
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
    ...(config.publicUrl.startsWith("https:") && {
      "strict-transport-security": "max-age=31536000; includeSubDomains",
    }),
  };
}
