import { Secret } from "@relink/service";
import { Configuration, type CountryCode, PlaidApi, PlaidEnvironments } from "plaid";
import { type ItemError, isProviderId } from "@relink/core";
import { z } from "zod";
import { PlaidApiError, PlaidUnreachableError } from "./plaid-errors.ts";

/** Whom a call was about, for the log. */
export interface CallSubject {
  itemId?: string | undefined;
  userId?: string | undefined;
}

/** One call to Plaid, as it is logged: with all that Plaid's support asks for, and nothing secret. */
export interface PlaidCall extends CallSubject {
  /** The endpoint's path. */
  method: string;
  requestId: string | null;
  /** Null if no answer came. */
  httpStatus: number | null;
  errorType: string | null;
  errorCode: string | null;
  /** What `/item/get` said is wrong with the Item. */
  itemErrorCode: string | null;
  durationMs: number;
  /** Picked field by field; never a token, never personal data. */
  arguments: Record<string, unknown>;
}

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
    options: { clientName: string; language: string; countryCodes: readonly string[]; redirectUri: string },
    subject: CallSubject & { userId: string },
  ): Promise<{ linkToken: Secret; expiresAt: Date; requestId: string }>;
  /** A webhook verification key, unchecked. @throws as {@link PlaidClient.getItem}. */
  getWebhookKey(keyId: string): Promise<unknown>;
}

/** Plaid answers within this time or the call counts as lost. Keys are waited for by a caller with a time limit of its own. */
const TIMEOUT_MS = 20_000;
const KEY_TIMEOUT_MS = 3_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_KEY_ANSWER_BYTES = 64 * 1024;

/** A text that Plaid sends and a person may see: no control characters, not endless. */
const cleanText = (text: string): string => text.replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, "").slice(0, 256);

/**
 * The official client, with every call logged, and with errors that can be logged.
 *
 * @param options.baseUrl - instead of the host that `env` names.
 * @param options.record - stores the log line of each call, successful or not. If it fails, the call goes on, and
 * `onRecordFailed` hears of it.
 */
export function createPlaidClient(options: {
  clientId: string;
  secret: Secret;
  env: "sandbox" | "production";
  baseUrl?: string | undefined;
  record: (call: PlaidCall) => Promise<void>;
  onRecordFailed: (error: unknown) => void;
}): PlaidClient {
  const api = new PlaidApi(
    new Configuration({
      basePath: options.baseUrl ?? PlaidEnvironments[options.env] ?? "",
      baseOptions: {
        headers: { "PLAID-CLIENT-ID": options.clientId, "PLAID-SECRET": options.secret.reveal() },
        timeout: TIMEOUT_MS,
        maxRedirects: 0,
        maxContentLength: MAX_ANSWER_BYTES,
        proxy: false,
      },
    }),
  );

  /** Makes one call, logs it, and turns whatever goes wrong into an error without the request in it. */
  async function call<Answer extends { request_id: string }>(
    method: string,
    subject: CallSubject,
    args: Record<string, unknown>,
    send: () => Promise<{ status: number; data: Answer }>,
    itemErrorCode: (answer: Answer) => string | null = () => null,
  ): Promise<Answer> {
    const startedAt = performance.now();
    const record = async (outcome: Partial<PlaidCall>): Promise<void> => {
      const line: PlaidCall = {
        ...subject,
        method,
        arguments: args,
        requestId: null,
        httpStatus: null,
        errorType: null,
        errorCode: null,
        itemErrorCode: null,
        durationMs: Math.round(performance.now() - startedAt),
        ...outcome,
      };
      await options.record(line).catch(options.onRecordFailed);
    };
    let answer: { status: number; data: Answer };
    try {
      answer = await send();
    } catch (error) {
      const failure = describeFailure(method, error);
      await record(
        failure instanceof PlaidApiError
          ? {
              requestId: failure.requestId,
              httpStatus: failure.httpStatus,
              errorType: failure.errorType,
              errorCode: failure.errorCode,
            }
          : { errorType: "NETWORK", errorCode: failure.code },
      );
      throw failure;
    }
    await record({
      requestId: answer.data.request_id,
      httpStatus: answer.status,
      itemErrorCode: itemErrorCode(answer.data),
    });
    return answer.data;
  }

  return {
    async getItem(accessToken, subject) {
      const { item } = await call(
        "/item/get",
        subject,
        {},
        () => api.itemGet({ access_token: accessToken.reveal() }),
        (answer) => answer.item.error?.error_code ?? null,
      );
      return {
        plaidItemId: item.item_id,
        institutionId: item.institution_id ?? null,
        institutionName: item.institution_name ? cleanText(item.institution_name) : null,
        webhookUrl: item.webhook ?? null,
        error: item.error && {
          type: item.error.error_type,
          code: item.error.error_code,
          reason: item.error.error_code_reason ?? null,
        },
      };
    },
    async exchangePublicToken(publicToken, subject) {
      const answer = await call("/item/public_token/exchange", subject, {}, () =>
        api.itemPublicTokenExchange({ public_token: publicToken.reveal() }),
      );
      return { accessToken: new Secret(answer.access_token), plaidItemId: answer.item_id };
    },
    async updateWebhook(accessToken, url, subject) {
      await call("/item/webhook/update", subject, { webhook: url }, () =>
        api.itemWebhookUpdate({ access_token: accessToken.reveal(), webhook: url }),
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
        () =>
          api.linkTokenCreate({
            access_token: accessToken.reveal(),
            client_name: link.clientName.slice(0, 30),
            language: link.language,
            country_codes: link.countryCodes as CountryCode[],
            user: { client_user_id: subject.userId },
            redirect_uri: link.redirectUri,
          }),
      );
      return {
        linkToken: new Secret(answer.link_token),
        expiresAt: new Date(answer.expiration),
        requestId: answer.request_id,
      };
    },
    async getWebhookKey(keyId) {
      const answer = await call("/webhook_verification_key/get", {}, { key_id: keyId }, () =>
        api.webhookVerificationKeyGet(
          { key_id: keyId },
          { timeout: KEY_TIMEOUT_MS, maxContentLength: MAX_KEY_ANSWER_BYTES },
        ),
      );
      return answer.key;
    },
  };
}

const ErrorBody = z.object({
  error_type: z.string().refine(isProviderId),
  error_code: z.string().refine(isProviderId),
  error_code_reason: z.string().refine(isProviderId).nullish(),
  request_id: z.string().refine(isProviderId).nullish(),
});

/** Everything the HTTP client throws ends here; nothing of its error leaves this function. */
function describeFailure(method: string, error: unknown): PlaidApiError | PlaidUnreachableError {
  const { response, code } = error as { response?: { status?: unknown; data?: unknown }; code?: unknown };
  const body = ErrorBody.safeParse(response?.data);
  if (typeof response?.status === "number" && body.success) {
    return new PlaidApiError({
      method,
      httpStatus: response.status,
      errorType: body.data.error_type,
      errorCode: body.data.error_code,
      errorReason: body.data.error_code_reason ?? null,
      requestId: body.data.request_id ?? null,
    });
  }
  if (typeof response?.status === "number") {
    return new PlaidUnreachableError(method, `status ${response.status} without an error in Plaid's form`);
  }
  return new PlaidUnreachableError(method, typeof code === "string" ? code : "the request failed");
}
