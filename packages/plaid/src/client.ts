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
  /** A webhook verification key, unchecked. @throws as {@link PlaidClient.getItem}. */
  getWebhookKey(keyId: string): Promise<unknown>;
}

/** Plaid answers within this time or the call counts as lost. Keys are waited for by a caller with a time limit of its own. */
const TIMEOUT_MS = 20_000;
const KEY_TIMEOUT_MS = 3_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_KEY_ANSWER_BYTES = 64 * 1024;

const id = z.string().refine(isProviderId);
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
const KeyAnswer = z.object({ request_id: id, key: z.looseObject({}) });
const PlainAnswer = z.object({ request_id: id });

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
    form: z.ZodType<Answer>,
    send: (limits: { signal: AbortSignal }) => Promise<{ status: number; data: unknown }>,
    { timeoutMs = TIMEOUT_MS, itemErrorCode = (_answer: Answer): string | null => null } = {},
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
      try {
        await options.record(line);
      } catch (error) {
        options.onRecordFailed(error);
      }
    };
    let status: number;
    let answer: Answer;
    try {
      // A limit on the whole call: the HTTP client's own counts silence only, and an answer may come in drops.
      const response = await send({ signal: AbortSignal.timeout(timeoutMs) });
      status = response.status;
      answer = readAnswer(method, form, response);
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
          : { httpStatus: failure.httpStatus, errorType: "NETWORK", errorCode: failure.code },
      );
      throw failure;
    }
    await record({ requestId: answer.request_id, httpStatus: status, itemErrorCode: itemErrorCode(answer) });
    return answer;
  }

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
    async getWebhookKey(keyId) {
      const answer = await call(
        "/webhook_verification_key/get",
        {},
        { key_id: keyId },
        KeyAnswer,
        (limits) =>
          api.webhookVerificationKeyGet({ key_id: keyId }, { ...limits, maxContentLength: MAX_KEY_ANSWER_BYTES }),
        { timeoutMs: KEY_TIMEOUT_MS },
      );
      return answer.key;
    },
  };
}

const ErrorBody = z.object({
  error_type: id,
  error_code: id,
  error_code_reason: id.nullish(),
  request_id: id.nullish(),
});

/** Anything may stand between Plaid and us and answer 200 with a page of its own. */
function readAnswer<Answer>(
  method: string,
  form: z.ZodType<Answer>,
  response: { status: number; data: unknown },
): Answer {
  const answer = form.safeParse(response.data);
  if (answer.success) return answer.data;
  throw new PlaidUnreachableError(
    method,
    `status ${response.status} with an answer not in Plaid's form`,
    response.status,
  );
}

/** Everything the HTTP client throws ends here; nothing of its error leaves this function. */
function describeFailure(method: string, error: unknown): PlaidApiError | PlaidUnreachableError {
  if (error instanceof PlaidUnreachableError) return error;
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
    const reason = `status ${response.status} without an error in Plaid's form`;
    return new PlaidUnreachableError(method, reason, response.status);
  }
  if (code === "ERR_CANCELED") return new PlaidUnreachableError(method, "it took too long");
  return new PlaidUnreachableError(method, typeof code === "string" ? code : "the request failed");
}
