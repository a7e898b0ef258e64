import { RelinkError } from "@relink/core";

/** `npm start` or `npm run clear-db` cannot go on until a person has changed something. The message says what. */
export class DevelopmentError extends RelinkError {
  override readonly name = "DevelopmentError";
  readonly code = "ERR_DEVELOPMENT";
  readonly retryable = false;
}
