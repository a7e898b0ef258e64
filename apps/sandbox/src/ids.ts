import { randomBytes, randomUUID } from "node:crypto";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** `length` letters and digits out of `bytes`; equal bytes give equal text. */
export function alphanumeric(length: number, bytes: Uint8Array): string {
  return Array.from({ length }, (_, index) => ALPHANUMERIC[(bytes[index] ?? 0) % ALPHANUMERIC.length]).join("");
}

function random(length: number): string {
  return alphanumeric(length, randomBytes(length));
}

/** Identifiers and tokens in the form that Plaid gives them (https://plaid.com/docs/api/, checked 2026-11-21). */
export const newId = {
  item: () => random(37),
  request: () => random(15),
  accessToken: () => `access-sandbox-${randomUUID()}`,
  publicToken: () => `public-sandbox-${randomUUID()}`,
  linkToken: () => `link-sandbox-${randomUUID()}`,
  processorToken: () => `processor-sandbox-${randomUUID()}`,
  linkSession: () => randomUUID(),
  hostedLink: () => random(32),
  oauthState: () => randomUUID(),
  mail: () => random(22),
  webhook: () => randomUUID(),
} as const;
