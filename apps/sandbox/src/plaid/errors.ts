import { RelinkError } from "@relink/core";

/** The error object of Plaid's API, without what is added where it is shown (`request_id`, `status`). */
export interface PlaidErrorBody {
  error_type: string;
  error_code: string;
  error_message: string;
  display_message: string | null;
  error_code_reason?: string | null;
}

/** An answer that Plaid gives instead of the one asked for. The app turns it into JSON; nobody else catches it. */
export class PlaidApiError extends RelinkError {
  override readonly name = "PlaidApiError";
  readonly code = "ERR_PLAID_API";
  readonly retryable = false;
  readonly body: PlaidErrorBody;
  readonly status: number;

  constructor(body: PlaidErrorBody) {
    super(`${body.error_type} ${body.error_code}: ${body.error_message}`);
    this.body = body;
    this.status = httpStatusOf(body);
  }
}

/** The HTTP status that Plaid gives with an error: 4xx for the caller's and the user's, 5xx for its own. */
export function httpStatusOf(error: Pick<PlaidErrorBody, "error_type" | "error_code">): number {
  if (error.error_type === "RATE_LIMIT_EXCEEDED") return 429;
  if (error.error_type === "API_ERROR") return 500;
  if (error.error_code === "NOT_FOUND") return 404;
  return 400;
}

type Entry = readonly [type: string, message: string, display?: string];

/**
 * The codes that the sandbox gives by itself, or that a test asks for by name.
 *
 * @see https://plaid.com/docs/errors/ (checked 2026-11-21); the messages are for people, and may differ from Plaid's.
 */
const CATALOGUE: Readonly<Record<string, Entry>> = {
  ITEM_LOGIN_REQUIRED: [
    "ITEM_ERROR",
    "the login details of this item have changed (credentials, MFA, or required user action) and a user login is required to update this information. use Link's update mode to restore the item to a good state",
  ],
  ITEM_LOCKED: [
    "ITEM_ERROR",
    "the account is locked. prompt the user to visit the institution's site and unlock their account",
    "The given account has been locked by the financial institution. Please visit its website to unlock it.",
  ],
  PASSWORD_RESET_REQUIRED: [
    "ITEM_ERROR",
    "the user must reset their password",
    "The financial institution asks you to reset your password before you can go on.",
  ],
  USER_SETUP_REQUIRED: [
    "ITEM_ERROR",
    "the account has not been fully set up. prompt the user to visit the issuing institution's site and finish the setup process",
    "The given account is not fully set up. Please visit your financial institution's website to set it up.",
  ],
  INVALID_CREDENTIALS: [
    "ITEM_ERROR",
    "the provided credentials were not correct",
    "The provided credentials were not correct. Please try again.",
  ],
  INVALID_MFA: [
    "ITEM_ERROR",
    "the provided MFA response(s) were not correct",
    "The given information was not correct. Please try again.",
  ],
  INVALID_SEND_METHOD: ["ITEM_ERROR", "the provided MFA send_method was invalid"],
  INSUFFICIENT_CREDENTIALS: [
    "ITEM_ERROR",
    "insufficient authorization was granted to complete the request",
    "Access was not granted. Please try again.",
  ],
  ACCESS_NOT_GRANTED: [
    "ITEM_ERROR",
    "access to this product was not granted for the account",
    "The user did not grant the necessary permissions for this product on their account.",
  ],
  NO_ACCOUNTS: [
    "ITEM_ERROR",
    "no valid accounts were found for this item",
    "No valid accounts were found at the bank.",
  ],
  NO_AUTH_ACCOUNTS: ["ITEM_ERROR", "there are no valid checking or savings account(s) associated with this Item"],
  NO_INVESTMENT_ACCOUNTS: ["ITEM_ERROR", "there are no valid investment account(s) associated with this Item"],
  NO_INVESTMENT_AUTH_ACCOUNTS: [
    "ITEM_ERROR",
    "there are no investment account(s) associated with this Item that can be used for transfers",
  ],
  NO_LIABILITY_ACCOUNTS: ["ITEM_ERROR", "there are no valid liability account(s) associated with this Item"],
  MANUAL_VERIFICATION_REQUIRED: [
    "ITEM_ERROR",
    "the account number could not be verified. use Link's update mode with investments_auth",
  ],
  INVALID_UPDATED_USERNAME: [
    "ITEM_ERROR",
    "the username entered during update mode did not match the original username",
    "The username that you entered is not the one that you used before. Please try again.",
  ],
  ITEM_CONCURRENTLY_DELETED: ["ITEM_ERROR", "this item was deleted while the operation was in progress"],
  PRODUCT_NOT_ENABLED: ["ITEM_ERROR", "a product that was not enabled for this item was asked for"],
  PRODUCTS_NOT_SUPPORTED: ["ITEM_ERROR", "some or all of the products are not supported for this item"],
  INSTANT_MATCH_FAILED: ["ITEM_ERROR", "the account number did not match an account of this item"],
  INVALID_OTP: [
    "ITEM_ERROR",
    "the provided one-time passcode is not valid",
    "That code is not right. Please try again.",
  ],
  INVALID_PHONE_NUMBER: ["ITEM_ERROR", "the provided phone number is not valid", "Please check the phone number."],
  ITEM_NO_ERROR: ["ITEM_ERROR", "the item has no error, and needs no update"],
  ITEM_NO_VERIFICATION: ["ITEM_ERROR", "no verification is pending for this item"],
  INCORRECT_DEPOSIT_AMOUNTS: ["ITEM_ERROR", "the amounts entered are not those of the micro-deposits"],
  MFA_NOT_SUPPORTED: [
    "ITEM_ERROR",
    "this account requires a MFA type that we do not currently support for the institution",
    "The multi-factor security features enabled on this account are not currently supported.",
  ],
  ITEM_NOT_SUPPORTED: [
    "ITEM_ERROR",
    "this account is currently not supported",
    "The given account is not currently supported for this financial institution.",
  ],
  ITEM_NOT_FOUND: [
    "ITEM_ERROR",
    "The Item you requested cannot be found. This Item does not exist, has been previously removed via /item/remove, or has had access removed by the user",
  ],
  PRODUCT_NOT_READY: [
    "ITEM_ERROR",
    "the requested product is not yet ready. please provide a webhook or try again later",
  ],
  USER_INPUT_TIMEOUT: ["ITEM_ERROR", "user did not provide requested input in time", "Your session timed out."],
  COUNTRY_NOT_SUPPORTED: ["ITEM_ERROR", "the country of this account is not supported"],
  USER_PERMISSION_REVOKED: [
    "INVALID_INPUT",
    "the holder of this account has revoked their permission for your application to access it",
  ],
  INSTITUTION_DOWN: [
    "INSTITUTION_ERROR",
    "this institution is not currently responding to this request. please try again soon",
    "This financial institution is not currently responding to requests. Please try again later.",
  ],
  INSTITUTION_NOT_RESPONDING: [
    "INSTITUTION_ERROR",
    "this institution is not currently responding to this request. please try again soon",
    "This financial institution is not currently responding to requests. Please try again later.",
  ],
  INSTITUTION_NOT_AVAILABLE: [
    "INSTITUTION_ERROR",
    "this institution is not currently available",
    "This financial institution is not currently available. Please try again later.",
  ],
  INSTITUTION_NO_LONGER_SUPPORTED: [
    "INSTITUTION_ERROR",
    "this institution is no longer supported",
    "This financial institution is no longer supported. Please try another one.",
  ],
  UNAUTHORIZED_INSTITUTION: ["INSTITUTION_ERROR", "your client is not authorized to access this institution"],
  INSTITUTION_REGISTRATION_REQUIRED: ["INSTITUTION_ERROR", "registration with this institution is required first"],
  INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT: ["INSTITUTION_ERROR", "this institution is not enabled in this environment"],
  UNSUPPORTED_RESPONSE: ["INSTITUTION_ERROR", "the data of this account is not supported"],
  INTERNAL_SERVER_ERROR: ["API_ERROR", "an unexpected error occurred"],
  PLANNED_MAINTENANCE: ["API_ERROR", "the Plaid API is temporarily unavailable due to planned maintenance"],

  MISSING_FIELDS: ["INVALID_REQUEST", "one or more required fields are missing"],
  UNKNOWN_FIELDS: ["INVALID_REQUEST", "one or more fields are not recognized by this endpoint"],
  INVALID_FIELD: ["INVALID_REQUEST", "one or more fields are invalid"],
  INVALID_BODY: ["INVALID_REQUEST", "body could not be parsed as JSON"],
  NOT_FOUND: ["INVALID_REQUEST", "not found"],

  INVALID_API_KEYS: ["INVALID_INPUT", "invalid client_id or secret provided"],
  INVALID_ACCESS_TOKEN: ["INVALID_INPUT", "could not find matching access token"],
  INVALID_PUBLIC_TOKEN: ["INVALID_INPUT", "could not find matching public token"],
  INVALID_LINK_TOKEN: [
    "INVALID_INPUT",
    "the link_token is expired, already used, or belongs to another environment. create a new link_token",
    "This session has expired. Please close it and start again.",
  ],
  ADDITIONAL_CONSENT_REQUIRED: [
    "INVALID_INPUT",
    "the user has not consented to this product. use Link's update mode with additional_consented_products",
  ],
  TOO_MANY_VERIFICATION_ATTEMPTS: ["INVALID_INPUT", "the micro-deposit verification failed too often: it is locked"],
  UNAUTHORIZED_ENVIRONMENT: ["INVALID_INPUT", "you are not authorized to use this environment"],
  UNAUTHORIZED_ROUTE_ACCESS: ["INVALID_INPUT", "your client is not authorized to use this route"],
  INVALID_LINK_CUSTOMIZATION: ["INVALID_INPUT", "the Link customization does not exist, or does not fit this request"],
  INVALID_PROCESSOR_TOKEN: ["INVALID_INPUT", "could not find matching processor token"],
  INVALID_USER_ID: ["INVALID_INPUT", "could not find matching user id"],
  INVALID_USER_TOKEN: ["INVALID_INPUT", "could not find matching user token"],
  INVALID_ACCOUNT_ID: ["INVALID_INPUT", "one of the account_id(s) provided was not found at the institution"],
  INVALID_INSTITUTION: ["INVALID_INPUT", "invalid institution_id provided"],
  INVALID_PRODUCT: ["INVALID_INPUT", "your client is not authorized to access one of the products"],
  INVALID_WEBHOOK_VERIFICATION_KEY_ID: [
    "INVALID_INPUT",
    "invalid key_id provided. note that key_ids are specific to an environment",
  ],

  OAUTH_STATE_ID_NOT_FOUND: [
    "OAUTH_ERROR",
    "the OAuth state id could not be found",
    "Please close this and start again.",
  ],
  OAUTH_STATE_ID_ALREADY_PROCESSED: [
    "OAUTH_ERROR",
    "the OAuth state id has already been processed",
    "Please close this and start again.",
  ],
  INCORRECT_OAUTH_NONCE: ["OAUTH_ERROR", "an incorrect OAuth nonce was supplied"],
  INCORRECT_LINK_TOKEN: [
    "OAUTH_ERROR",
    "an incorrect Link token was supplied for the OAuth flow to complete",
    "Please close this and start again.",
  ],

  TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION: [
    "TRANSACTIONS_ERROR",
    "the transactions changed while they were read. start again from the first cursor",
  ],

  WEBHOOK_EVENTS_START_TIME_OUT_OF_RANGE: [
    "INVALID_REQUEST",
    "start_time is before the last 7 days. use a later one, or leave it out",
  ],
  WEBHOOK_EVENTS_CURSOR_EXPIRED: ["INVALID_REQUEST", "the cursor is older than 7 days. start again with a start_time"],

  SANDBOX_PRODUCT_NOT_ENABLED: ["SANDBOX_ERROR", "product required for this webhook is not enabled on the item"],
  SANDBOX_WEBHOOK_INVALID: [
    "SANDBOX_ERROR",
    "the item has no valid webhook to fire to. set one with /item/webhook/update",
  ],

  ITEM_GET_LIMIT: [
    "RATE_LIMIT_EXCEEDED",
    "rate limit exceeded for attempts to access this item. please try again later",
  ],
  ACCOUNTS_LIMIT: [
    "RATE_LIMIT_EXCEEDED",
    "rate limit exceeded for attempts to access this item. please try again later",
  ],
  INSTITUTIONS_GET_BY_ID_LIMIT: [
    "RATE_LIMIT_EXCEEDED",
    "rate limit exceeded for /institutions/get_by_id. please try again later",
  ],
  INSTITUTION_RATE_LIMIT: ["RATE_LIMIT_EXCEEDED", "rate limit exceeded for this institution. please try again later"],
  RATE_LIMIT: ["RATE_LIMIT_EXCEEDED", "rate limit exceeded. please try again later"],
};

/** The codes that are known by name, each with its type. */
export function errorCodes(): { error_code: string; error_type: string }[] {
  return Object.entries(CATALOGUE).map(([code, [type]]) => ({ error_code: code, error_type: type }));
}

/**
 * The error object for a code. An unknown code is taken as an `ITEM_ERROR`, because Plaid's set of codes is open.
 *
 * @param given - what differs from the usual: another type, message or display message.
 */
export function errorBody(code: string, given: Partial<PlaidErrorBody> = {}): PlaidErrorBody {
  const [type, message, display] = CATALOGUE[code] ?? ["ITEM_ERROR", `the item is in the state ${code}`];
  return { error_type: type, error_code: code, error_message: message, display_message: display ?? null, ...given };
}

/** Throwable form of {@link errorBody}. */
export function plaidError(code: string, message?: string): PlaidApiError {
  return new PlaidApiError(errorBody(code, message === undefined ? {} : { error_message: message }));
}
