import { RelinkError } from "@relink/core";

/**
 * Plaid answered with an error.
 *
 * Made from the few fields that are safe to keep; it has no `cause`, because the HTTP client's error carries the client
 * secret and the access token.
 */
export class PlaidApiError extends RelinkError {
  override readonly name = "PlaidApiError";
  readonly code = "ERR_PLAID_API";
  /** True for Plaid's own trouble and for rate limits. */
  readonly retryable: boolean;
  readonly httpStatus: number;
  readonly errorType: string;
  readonly errorCode: string;
  readonly errorReason: string | null;
  readonly requestId: string | null;

  constructor(fields: {
    method: string;
    httpStatus: number;
    errorType: string;
    errorCode: string;
    errorReason: string | null;
    requestId: string | null;
  }) {
    super(
      `${fields.method} answered ${fields.httpStatus} ${fields.errorType}/${fields.errorCode} (request_id ${fields.requestId ?? "none"})`,
    );
    this.httpStatus = fields.httpStatus;
    this.errorType = fields.errorType;
    this.errorCode = fields.errorCode;
    this.errorReason = fields.errorReason;
    this.requestId = fields.requestId;
    this.retryable = fields.httpStatus >= 500 || fields.httpStatus === 429;
  }
}

/** Plaid did not answer: no connection, no answer in time, or something that is not Plaid's form. */
export class PlaidUnreachableError extends RelinkError {
  override readonly name = "PlaidUnreachableError";
  readonly code = "ERR_PLAID_UNREACHABLE";
  readonly retryable = true;
  /** Of an answer in another form than Plaid's, from something on the way; null if none came. */
  readonly httpStatus: number | null;

  constructor(method: string, reason: string, httpStatus: number | null = null) {
    super(`${method} got no answer from Plaid: ${reason}`);
    this.httpStatus = httpStatus;
  }
}
