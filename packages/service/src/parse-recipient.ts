import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { RelinkError } from "@relink/core";

/** The address of a person is not one that mail can be sent to. Correct it where the user was registered. */
export class InvalidRecipientError extends RelinkError {
  override readonly name = "InvalidRecipientError";
  readonly code = "ERR_INVALID_RECIPIENT";
  readonly retryable = false;

  constructor(problem: string) {
    super(`the recipient's address ${problem}: correct it where the user is registered`);
  }
}

/** Longest address that fits into an SMTP command. https://www.rfc-editor.org/errata/eid1690 (checked 2026-11-21) */
const MAX_ADDRESS_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;

/** Printable ASCII without white space and without what has a meaning in a header's list of addresses. */
const LOCAL_PART = /^[!#-'*+\-./0-9=?A-Z^-~]+$/;
/** Nothing that a URL parser would read as a port, a path or an escape. Letters of any script are converted later. */
const DOMAIN = /^[\p{L}\p{M}\p{N}.-]+$/u;
const ASCII_DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/**
 * Exactly one mailbox, as SMTP wants it: the domain in lower-case ASCII, the part before `@` untouched.
 *
 * Stricter than the standard on purpose. Address parsers disagree on quotes, comments and lists, and
 * `user@example.com, other@example.net` must never become a second recipient or a different one. A local part that is
 * not ASCII is refused, because not every relay on the way can carry it (RFC 6531).
 *
 * @throws {@link InvalidRecipientError} for anything else; the message does not repeat the address.
 */
export function parseRecipient(address: string): string {
  const [local = "", domain = "", ...rest] = address.split("@");
  if (rest.length > 0 || local === "" || domain === "") throw new InvalidRecipientError("must have exactly one @");
  if (!LOCAL_PART.test(local) || local.length > MAX_LOCAL_LENGTH) {
    throw new InvalidRecipientError("has a character before the @ that is not allowed, or more than 64 of them");
  }
  const ascii = DOMAIN.test(domain) ? domainToASCII(domain).toLowerCase() : "";
  if (!ASCII_DOMAIN.test(ascii) || isIP(ascii) !== 0) {
    throw new InvalidRecipientError("has no domain name after the @");
  }
  const parsed = `${local}@${ascii}`;
  if (parsed.length > MAX_ADDRESS_LENGTH) throw new InvalidRecipientError("is longer than 254 characters");
  return parsed;
}
