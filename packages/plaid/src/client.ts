import { Secret } from "@relink/service";
import { Configuration, type CountryCode, PlaidApi } from "plaid";
import type { ItemError } from "@relink/core";
import { z } from "zod";
import { baseUrlOf, type CallSubject, createCaller, id, type PlaidCallOptions } from "./call.ts";

/** What Relink reads of an Item. */
export interface PlaidItem {
  plaidItemId: string;
  institutionId: string | null;
  institutionName: string | null;
  webhookUrl: string | null;
  error: ItemError | null;
}

export interface PlaidClient {
  /**
   * The truth about an Item. Answers for a broken one too, with its error.
   *
   * @throws {@link PlaidApiError}, for instance ITEM_NOT_FOUND; {@link PlaidUnreachableError}.
   */
  getItem(accessToken: Secret, subject: CallSubject): Promise<PlaidItem>;
  /** @throws as {@link PlaidClient.getItem}; INVALID_PUBLIC_TOKEN if it is older than 30 minutes or was used. */
  exchangePublicToken(publicToken: Secret, subject: CallSubject): Promise<{ accessToken: Secret; plaidItemId: string }>;
  /** Points an Item's webhooks at a URL. @throws as {@link PlaidClient.getItem}. */
  updateWebhook(accessToken: Secret, url: string, subject: CallSubject): Promise<void>;
  /**
   * A link token for update mode, good for 30 minutes. It names no products: update mode refuses nearly all of them.
   *
   * @throws as {@link PlaidClient.getItem}.
   * @see https://plaid.com/docs/link/update-mode/ (checked 2026-11-21)
   */
  createUpdateLinkToken(
    accessToken: Secret,
    options: {
      clientName: string;
      language: string;
      countryCodes: readonly string[];
      redirectUri: string;
      /** How Plaid is to know the user. No personal data. */
      clientUserId: string;
    },
    subject: CallSubject,
  ): Promise<{ linkToken: Secret; expiresAt: Date; requestId: string }>;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

const ItemAnswer = z.object({
  request_id: id,
  item: z.object({
    item_id: id,
    institution_id: id.nullish(),
    institution_name: z.string().nullish(),
    webhook: z.string().nullish(),
    error: z.object({ error_type: id, error_code: id, error_code_reason: id.nullish() }).nullish(),
  }),
});
const TokenAnswer = z.object({ request_id: id, access_token: z.string().min(1), item_id: id });
const LinkTokenAnswer = z.object({ request_id: id, link_token: z.string().min(1), expiration: z.iso.datetime() });
const PlainAnswer = z.object({ request_id: id });

/** A text that Plaid sends and a person may see: no control characters, not endless. */
const cleanText = (text: string): string => text.replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, "").slice(0, 256);

/**
 * The official client, with every call logged, and with errors that can be logged.
 */
export function createPlaidClient(options: PlaidCallOptions): PlaidClient {
  const api = new PlaidApi(
    new Configuration({
      basePath: baseUrlOf(options),
      baseOptions: {
        headers: { "PLAID-CLIENT-ID": options.clientId, "PLAID-SECRET": options.secret.reveal() },
        maxRedirects: 0,
        maxContentLength: MAX_ANSWER_BYTES,
        proxy: false,
      },
    }),
  );

  const call = createCaller(options);

  return {
    async getItem(accessToken, subject) {
      const { item } = await call(
        "/item/get",
        subject,
        {},
        ItemAnswer,
        (limits) => api.itemGet({ access_token: accessToken.reveal() }, limits),
        { itemErrorCode: (answer) => answer.item.error?.error_code ?? null },
      );
      return {
        plaidItemId: item.item_id,
        institutionId: item.institution_id ?? null,
        institutionName: item.institution_name ? cleanText(item.institution_name) : null,
        webhookUrl: item.webhook ?? null,
        error: item.error
          ? {
              type: item.error.error_type,
              code: item.error.error_code,
              reason: item.error.error_code_reason ?? null,
            }
          : null,
      };
    },
    async exchangePublicToken(publicToken, subject) {
      const answer = await call("/item/public_token/exchange", subject, {}, TokenAnswer, (limits) =>
        api.itemPublicTokenExchange({ public_token: publicToken.reveal() }, limits),
      );
      return { accessToken: new Secret(answer.access_token), plaidItemId: answer.item_id };
    },
    async updateWebhook(accessToken, url, subject) {
      await call("/item/webhook/update", subject, { webhook: url }, PlainAnswer, (limits) =>
        api.itemWebhookUpdate({ access_token: accessToken.reveal(), webhook: url }, limits),
      );
    },
    async createUpdateLinkToken(accessToken, link, subject) {
      const answer = await call(
        "/link/token/create",
        subject,
        {
          update_mode: true,
          language: link.language,
          country_codes: link.countryCodes,
          redirect_uri: link.redirectUri,
        },
        LinkTokenAnswer,
        (limits) =>
          api.linkTokenCreate(
            {
              access_token: accessToken.reveal(),
              client_name: link.clientName.slice(0, 30),
              language: link.language,
              country_codes: link.countryCodes as CountryCode[],
              user: { client_user_id: link.clientUserId },
              redirect_uri: link.redirectUri,
            },
            limits,
          ),
      );
      return {
        linkToken: new Secret(answer.link_token),
        expiresAt: new Date(answer.expiration),
        requestId: answer.request_id,
      };
    },
  };
}
