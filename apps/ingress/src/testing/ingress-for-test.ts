import { connect, type Socket } from "node:net";
import { Writable } from "node:stream";
import { PlaidApiError } from "@relink/plaid";
import { createLogger, type PlaidAccess, Secret } from "@relink/service";
import { createPlaidSigner, type PlaidSigner, type TestDatabase } from "@relink/testkit";
import pg from "pg";
import { onTestFinished, vi } from "vitest";
import type { IngressConfig } from "../config.ts";
import { createIngress, type IngressOverrides } from "../create-ingress.ts";

/** Easy to find again wherever it must not be. */
export const PLAID_SECRET = "MARKER-plaid-secret";
export const PLAID: PlaidAccess = { clientId: "the-client", secret: new Secret(PLAID_SECRET), env: "sandbox" };

export interface TestStores {
  database: Omit<TestDatabase, "drop">;
  redis: { url: string; prefix: string };
}

/** A running ingress on free ports, with its own role in the database, and a Plaid that knows the keys of `signers`. */
export async function startIngress(
  { database, redis }: TestStores,
  more: { config?: Partial<IngressConfig>; overrides?: IngressOverrides; signers?: PlaidSigner[] } = {},
) {
  const signer = createPlaidSigner();
  const signers = [signer, ...(more.signers ?? [])];
  const fetchKey = vi.fn(async (keyId: string): Promise<unknown> => {
    const known = signers.find((one) => one.keyId === keyId);
    if (known !== undefined) return known.jwk;
    throw new PlaidApiError({
      method: "/webhook_verification_key/get",
      httpStatus: 400,
      errorType: "INVALID_INPUT",
      errorCode: "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
      errorReason: null,
      requestId: null,
    });
  });
  const logged: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged.push(chunk.toString());
      done();
    },
  });
  const ingress = createIngress(
    {
      databaseUrl: new Secret(database.urlFor("relink_ingress")),
      redisUrl: new Secret(redis.url),
      plaid: PLAID,
      port: 0,
      insidePort: 0,
      trustedProxies: 0,
      logLevel: "info",
      ...more.config,
    },
    {
      logger: createLogger({ app: "ingress", level: "info" }, sink),
      fetchKey,
      redisPrefix: redis.prefix,
      ...more.overrides,
    },
  );
  await ingress.start();
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= ingress.close());
  onTestFinished(close);

  const url = `http://127.0.0.1:${ingress.ports.public}/webhooks/plaid`;
  return {
    port: ingress.ports.public,
    insidePort: ingress.ports.inside,
    signer,
    fetchKey,
    close,
    /** Everything that was logged, as text. */
    logText: () => logged.join(""),
    /** The lines of one event. */
    lines: (event: string) =>
      logged.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line["event"] === event),
    /** Posts a body with a token; signed by Plaid and now, if none is given. */
    post: (body: string | Buffer, token = signer.signWebhook(body)): Promise<Response> =>
      fetch(url, {
        method: "POST",
        body: typeof body === "string" ? body : new Uint8Array(body),
        headers: { "plaid-verification": token, "content-type": "application/json" },
      }),
    /** Sends these bytes as they are and returns the head of the final answer. */
    raw: (bytes: string | Buffer) => sendRaw(ingress.ports.public, bytes),
    /** The value of a metric, summed over its labels, or of one label. */
    async metric(name: string, label = ""): Promise<number> {
      const text = await (await fetch(`http://127.0.0.1:${ingress.ports.inside}/metrics`)).text();
      const values = text.split("\n").filter((line) => line.startsWith(name) && line.includes(label));
      return values.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    },
  };
}

/**
 * A connection of which everything that comes back is kept. It never closes its half by itself, and goes on writing when
 * the other side has closed its own: so `closed` means that the other side has let go of the whole connection.
 */
export function openSocket(port: number) {
  const socket: Socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let received = "";
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.once("end", () => {
    const knocking = setInterval(() => socket.write("x"), 20);
    void closed.then(() => clearInterval(knocking));
  });
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  socket.on("error", () => {
    // A reset is one of the answers that are tested for; it shows as a close.
  });
  onTestFinished(() => void socket.destroy());
  return {
    socket,
    closed,
    received: () => received,
    /** Resolves with all that was received when it holds so many final answers, or when the other side closes. */
    answers: async (count = 1): Promise<string> => {
      const enough = () => (received.match(/HTTP\/1\.1 [2-5]\d\d [^]*?\r\n\r\n/g) ?? []).length >= count;
      if (enough()) return received;
      await new Promise<void>((resolve) => {
        const look = () => {
          if (enough()) resolve();
        };
        socket.on("data", look);
        void closed.then(resolve);
      });
      return received;
    },
  };
}

async function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  const { socket, answers } = openSocket(port);
  socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  const answer = await answers();
  socket.destroy();
  return answer;
}

/** The status of an answer; 0 if there was none. */
export function statusOf(answer: string): number {
  return Number(/HTTP\/1\.1 ([2-5]\d\d)/.exec(answer)?.[1] ?? 0);
}

/** Asks the test's database as the owner of its tables. */
export async function query<Row extends object>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

export async function countRows(url: string): Promise<number> {
  const [row] = await query<{ count: number }>(url, "select count(*)::int as count from webhook_events");
  return row?.count ?? -1;
}

/** Keeps every insert waiting until it is released. */
export async function lockTable(url: string): Promise<{ release(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("begin; lock table webhook_events in access exclusive mode");
  let released: Promise<void> | undefined;
  const release = () => (released ??= client.end());
  onTestFinished(release);
  return { release };
}
