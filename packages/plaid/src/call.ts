import type { PlaidAccess } from "@relink/service";
import { z } from "zod";
import { id } from "./fields.ts";
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

/** Which Plaid to call, as whom, and where the calls are logged. */
export interface PlaidCallOptions extends PlaidAccess {
  /** Stores the log line of each call, successful or not. If it fails, the call goes on, and `onRecordFailed` hears of it. */
  record: (call: PlaidCall) => Promise<void>;
  onRecordFailed: (error: unknown) => void;
}

/** Plaid answers within this time or the call counts as lost. */
const TIMEOUT_MS = 20_000;

/** @see https://plaid.com/docs/api/#api-host (checked 2026-11-21) */
export function baseUrlOf({ baseUrl, env }: Pick<PlaidAccess, "baseUrl" | "env">): string {
  return baseUrl ?? `https://${env}.plaid.com`;
}

/**
 * A function that makes one call, logs it, and turns whatever goes wrong into an error without the request in it.
 *
 * Its `send` returns the answer, or throws as axios does: with a `response` if one came, else with a `code`.
 */
export function createCaller(options: Pick<PlaidCallOptions, "record" | "onRecordFailed">) {
  return async function call<Answer extends { request_id: string }>(
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
