import { RelinkError } from "@relink/core";

/** A header that a subscriber wants to be sent cannot be. Names the header and never repeats its value. */
export class CustomHeaderError extends RelinkError {
  override readonly name = "CustomHeaderError";
  readonly code = "ERR_CUSTOM_HEADER";
  readonly retryable = false;
}

/** What the request itself is made of, what concerns one connection only (RFC 9110 §7.6.1), and what we say of ourselves. */
const RESERVED =
  /^(?:host|content-.*|transfer-encoding|connection|keep-alive|proxy-.*|te|trailer|upgrade|expect|cookie|accept-encoding|user-agent|webhook-.*|relink-.*)$/;

/**
 * Checks a header that a subscriber wants on every request, such as `authorization` for a gateway before the receiver.
 *
 * @throws {@link CustomHeaderError} if the name is reserved, or name or value could not be sent as they are.
 */
export function checkCustomHeader(name: string, value: string): void {
  const shown = JSON.stringify(name.slice(0, 64));
  if (!/^[a-z][a-z0-9-]{0,63}$/i.test(name)) {
    throw new CustomHeaderError(
      `${shown}: a header's name has up to 64 letters, digits and -, and starts with a letter`,
    );
  }
  if (RESERVED.test(name.toLowerCase())) throw new CustomHeaderError(`${shown} is reserved: use another name`);
  if (!/^[\x21-\x7e](?:[\x20-\x7e]{0,2046}[\x21-\x7e])?$/.test(value)) {
    throw new CustomHeaderError(
      `${shown}: the value must be 1 to 2,048 printable ASCII characters, no space at its ends`,
    );
  }
}
