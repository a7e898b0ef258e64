import { newId } from "../ids.ts";
import { one, type Store } from "./open-store.ts";

/** A public token is exchanged within this time. @see https://plaid.com/docs/api/items/ (checked 2026-11-21) */
const PUBLIC_TOKEN_LIFETIME_MS = 30 * 60_000;

export type Tokens = ReturnType<typeof createTokens>;

/** Public tokens (30 minutes, one use) and processor tokens. */
export function createTokens(store: Store) {
  const insertPublic = store.prepare("insert into public_tokens (public_token, item_id, expires_at) values (?, ?, ?)");
  const takePublic = store.prepare(
    "update public_tokens set used_at = ?1 where public_token = ?2 and used_at is null and expires_at > ?1 returning item_id",
  );
  const insertProcessor = store.prepare(
    "insert into processor_tokens (processor_token, item_id, account_id, processor) values (?, ?, ?, ?)",
  );
  return {
    createPublic(itemId: string, now: number): string {
      const token = newId.publicToken();
      insertPublic.run(token, itemId, now + PUBLIC_TOKEN_LIFETIME_MS);
      return token;
    },

    /** The Item's id, once per token; nothing if the token is unknown, used, or too old. */
    takePublic(token: string, now: number): string | undefined {
      return one<{ item_id: string }>(takePublic, now, token)?.item_id;
    },

    createProcessor(itemId: string, accountId: string, processor: string): string {
      const token = newId.processorToken();
      insertProcessor.run(token, itemId, accountId, processor);
      return token;
    },
  };
}
