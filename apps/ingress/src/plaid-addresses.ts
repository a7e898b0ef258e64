/**
 * The addresses Plaid says it sends from, and that it may change. They give priority when keys are fetched, never trust.
 *
 * @see https://plaid.com/docs/api/webhooks/ (checked 2026-11-21)
 */
export const PLAID_ADDRESSES: ReadonlySet<string> = new Set([
  "52.21.26.131",
  "52.21.47.157",
  "52.41.247.19",
  "52.88.82.239",
]);
