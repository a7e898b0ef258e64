import { z } from "zod";
import { plaidError } from "./errors.ts";
import { COUNTRY_CODES, PRODUCTS } from "./lists.ts";

/** The languages that Link speaks. @see https://plaid.com/docs/api/link/#linktokencreate (checked 2026-11-21) */
const LANGUAGES = [
  "da",
  "nl",
  "en",
  "et",
  "fr",
  "de",
  "hi",
  "it",
  "lv",
  "lt",
  "no",
  "pl",
  "pt",
  "ro",
  "es",
  "sv",
  "vi",
] as const;

/** Fields that Plaid takes and that change nothing here. */
const IGNORED = [
  "required_if_supported_products",
  "optional_products",
  "additional_consented_products",
  "link_customization_name",
  "appearance_mode",
  "android_package_name",
  "institution_data",
  "card_switch",
  "account_filters",
  "eu_config",
  "employment",
  "income_verification",
  "base_report",
  "credit_partner_insights",
  "cra_options",
  "consumer_report_permissible_purpose",
  "auth",
  "identity_verification",
  "statements",
  "third_party_user_token",
  "investments",
  "investments_auth",
  "transactions",
  "cashflow_report",
  "cra_enabled",
  "identity",
  "financekit_supported",
  "user_token",
] as const;

/** Fields whose flow is not built. To ignore one would look like success, so they are refused. */
const NOT_BUILT = [
  "access_tokens",
  "enable_multi_item_link",
  "payment_configuration",
  "payment_initiation",
  "transfer",
] as const;

const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http or https URL" });

/** An https URL, or http on localhost, without query and fragment. @see https://plaid.com/docs/link/oauth/ (checked 2026-11-21) */
const redirectUri = z.string().refine(
  (value) => {
    if (!URL.canParse(value)) return false;
    const { protocol, hostname } = new URL(value);
    const local = hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
    return (protocol === "https:" || (protocol === "http:" && local)) && !/[?#*]/.test(value);
  },
  { message: "must be an https URL (http only for localhost) without a query, a fragment or a wildcard" },
);

/** Where Hosted Link leads in the end, also an address of a mobile application. Never one that runs as a script. */
const completionUri = z
  .string()
  .refine((value) => URL.canParse(value) && !/^(javascript|data|vbscript):/i.test(new URL(value).protocol), {
    message: "must be a URL",
  });

const MAX_HOSTED_LIFETIME_SECONDS = 21 * 86_400;

const anything = <Names extends readonly string[]>(names: Names) =>
  Object.fromEntries(names.map((name) => [name, z.unknown().optional()])) as Record<
    Names[number],
    z.ZodOptional<z.ZodUnknown>
  >;

/** `/link/token/create` */
export const linkTokenRequest = z.strictObject({
  ...anything(IGNORED),
  ...anything(NOT_BUILT),
  client_name: z.string().min(1),
  language: z.enum(LANGUAGES),
  country_codes: z.array(z.enum(COUNTRY_CODES)).min(1),
  user: z.looseObject({ client_user_id: z.string().min(1) }).optional(),
  user_id: z.string().min(1).optional(),
  products: z.array(z.enum(PRODUCTS)).nullish(),
  webhook: httpUrl.optional(),
  access_token: z.string().min(1).nullish(),
  redirect_uri: redirectUri.optional(),
  institution_id: z.string().optional(),
  hosted_link: z
    .strictObject({
      delivery_method: z.enum(["sms", "email"]).optional(),
      completion_redirect_uri: completionUri.optional(),
      url_lifetime_seconds: z.int().min(1).max(MAX_HOSTED_LIFETIME_SECONDS).optional(),
      is_mobile_app: z.boolean().optional(),
    })
    .optional(),
  update: z
    .strictObject({
      account_selection_enabled: z.boolean().optional(),
      reauthorization_enabled: z.boolean().optional(),
      user: z.boolean().optional(),
      item_ids: z.array(z.string()).nullish(),
    })
    .optional(),
});

export type LinkTokenRequest = z.infer<typeof linkTokenRequest>;

/** Products that update mode may name: adding a report, manual verification, and the check of a permission. */
const UPDATE_PRODUCTS: readonly string[] = [
  "assets",
  "auth",
  "cra_base_report",
  "cra_cashflow_insights",
  "cra_income_insights",
  "cra_network_insights",
  "cra_partner_insights",
  "identity",
  "income_verification",
  "investments_auth",
  "statements",
];

/**
 * The rules that hold between the fields.
 *
 * @throws {@link PlaidApiError} MISSING_FIELDS or INVALID_FIELD.
 * @see https://plaid.com/docs/link/update-mode/ (checked 2026-11-21)
 */
export function checkLinkTokenRequest(request: LinkTokenRequest): void {
  for (const field of NOT_BUILT)
    if (request[field] !== undefined) throw plaidError("INVALID_FIELD", `${field} is not available in this sandbox`);
  if (request.update?.user === true || (request.update?.item_ids ?? []).length > 0)
    throw plaidError("INVALID_FIELD", "update.user and update.item_ids are not available in this sandbox");
  if (request.user === undefined && request.user_id === undefined)
    throw plaidError("MISSING_FIELDS", "the following required fields are missing: user.client_user_id");

  const products = request.products ?? [];
  if (request.access_token === undefined || request.access_token === null) {
    if (products.length === 0)
      throw plaidError("MISSING_FIELDS", "the following required fields are missing: products");
    return;
  }
  const refused = products.filter((product) => !UPDATE_PRODUCTS.includes(product));
  if (refused.length > 0)
    throw plaidError("INVALID_FIELD", `products must be left out in update mode: ${refused.join(", ")}`);
}
