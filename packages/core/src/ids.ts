const PROVIDER_ID = /^[\x21-\x7e]{1,128}$/;

/**
 * True for text that can be a provider's identifier: 1 to 128 printable ASCII characters without spaces. What is longer
 * or stranger does not fit an index or a log line, and no provider sends it.
 */
export function isProviderId(value: unknown): value is string {
  return typeof value === "string" && PROVIDER_ID.test(value);
}
