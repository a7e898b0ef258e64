import { createHash, randomUUID } from "node:crypto";
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { all, one, type Store } from "../store/open-store.ts";

/** A key as `/webhook_verification_key/get` shows it. Times are epoch seconds; a retired key has `expired_at`. */
export interface PublicKey {
  alg: "ES256";
  crv: string;
  kid: string;
  kty: string;
  use: "sig";
  x: string;
  y: string;
  created_at: number;
  expired_at: number | null;
}

interface KeyRow {
  kid: string;
  private_jwk: string;
  public_jwk: string;
  created_at: number;
  expired_at: number | null;
}

function toPublicKey(row: KeyRow): PublicKey {
  return { ...JSON.parse(row.public_jwk), kid: row.kid, created_at: row.created_at, expired_at: row.expired_at };
}

async function generatePublicAndPrivate(): Promise<{ publicJwk: string; privateJwk: string }> {
  const pair = await generateKeyPair("ES256", { extractable: true });
  const { x, y, crv, kty } = await exportJWK(pair.publicKey);
  return {
    publicJwk: JSON.stringify({ alg: "ES256", crv, kty, use: "sig", x, y }),
    privateJwk: JSON.stringify(await exportJWK(pair.privateKey)),
  };
}

export type WebhookKeys = ReturnType<typeof createWebhookKeys>;

/**
 * The keys that webhooks are signed with: one in use, the retired ones kept to be asked for.
 *
 * @see https://plaid.com/docs/api/webhooks/webhook-verification/ (checked 2026-11-21)
 */
export function createWebhookKeys(store: Store, now: () => number) {
  const insert = store.prepare(
    "insert into webhook_keys (kid, private_jwk, public_jwk, created_at) values (?, ?, ?, ?)",
  );
  const retire = store.prepare("update webhook_keys set expired_at = ? where expired_at is null");
  const inUse = store.prepare("select * from webhook_keys where expired_at is null");
  const byKid = store.prepare("select * from webhook_keys where kid = ?");
  const everyKey = store.prepare("select * from webhook_keys order by created_at");

  type Signer = { kid: string; key: Awaited<ReturnType<typeof importJWK>> };
  let signer: Promise<Signer> | undefined;

  async function createKey(): Promise<void> {
    const { publicJwk, privateJwk } = await generatePublicAndPrivate();
    const seconds = Math.floor(now() / 1000);
    retire.run(seconds);
    insert.run(randomUUID(), privateJwk, publicJwk, seconds);
  }

  async function loadSigner(): Promise<Signer> {
    if (one<KeyRow>(inUse) === undefined) await createKey();
    const row = one<KeyRow>(inUse);
    if (row === undefined) throw new TypeError("a webhook key was stored and cannot be read");
    return { kid: row.kid, key: await importJWK(JSON.parse(row.private_jwk) as JWK, "ES256") };
  }

  return {
    find(kid: string): PublicKey | undefined {
      const row = one<KeyRow>(byKid, kid);
      return row && toPublicKey(row);
    },

    /** The same answer with somebody else's coordinates: nothing that we sign fits it. */
    async findWrong(kid: string): Promise<PublicKey | undefined> {
      const row = one<KeyRow>(byKid, kid);
      return row && toPublicKey({ ...row, public_jwk: (await generatePublicAndPrivate()).publicJwk });
    },

    list(): PublicKey[] {
      return all<KeyRow>(everyKey).map(toPublicKey);
    },

    /** Makes a new key; the old one gets `expired_at` now. */
    async rotate(): Promise<string> {
      await createKey();
      signer = loadSigner();
      return (await signer).kid;
    },

    /** Forgets what is kept in memory, after the store was emptied. */
    reset(): void {
      signer = undefined;
    },

    /**
     * The value of the `Plaid-Verification` header for a body.
     *
     * @param iat - epoch seconds.
     */
    async sign(body: string, iat: number): Promise<string> {
      signer ??= loadSigner();
      const { kid, key } = await signer;
      const hash = createHash("sha256").update(body).digest("hex");
      return new SignJWT({ iat, request_body_sha256: hash })
        .setProtectedHeader({ alg: "ES256", kid, typ: "JWT" })
        .sign(key);
    },
  };
}
