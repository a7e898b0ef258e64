import { randomUUIDv7 } from "node:crypto";
import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { connect, type Database } from "@relink/db";
import { createTargetPolicy } from "@relink/delivery";
import { createLogger, type KeyRing, type PlaidAccess, Secret, showId } from "@relink/service";
import { freePortRange, type RunningApp, spawnApp, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import type { z } from "zod";
import type { ApiConfig } from "../config.ts";
import { type ApiOverrides, createApi } from "../create-api.ts";
import { hashApiKey, makeTeamKey } from "../hash-api-key.ts";
import type { itemSchema } from "../items/item.ts";
import type { ProblemBody } from "../problem.ts";
import { type Scope, SCOPES } from "../scopes.ts";
import { type Contract, createContract, type Description, type Method } from "./contract.ts";

export const ADMIN_KEY = "MARKER-admin-key-0123456789abcdefgh";
export const PLAID_SECRET = "MARKER-plaid-secret";
export const PLAID: PlaidAccess = { clientId: "a-client", secret: new Secret(PLAID_SECRET), env: "sandbox" };
export const WEBHOOK_URL = "http://127.0.0.1:9/webhooks/plaid";

/** Lets receivers of events be on this machine, on any port. */
const RECEIVERS_HERE = createTargetPolicy({
  allowed: ["127.0.0.0/8", "localhost"],
  extraPorts: Array.from({ length: 65_535 }, (_, index) => index + 1),
  allowLocal: true,
  allowHttp: true,
});

const keyRing = (fill: number): KeyRing => new Map([["k1", new Uint8Array(32).fill(fill)]]);
export const LINK_TOKEN_KEYS = keyRing(2);

export type Item = z.output<typeof itemSchema>;

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface CallOptions {
  query?: Record<string, string> | string;
  body?: unknown;
  /** The body as it is sent. */
  raw?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  /** Whose key is sent. Default: the admin's. */
  key?: string;
}

export interface ApiForTest {
  readonly url: string;
  /** All that it logged. */
  readonly log: string;
  /** The one line that a request leaves; it may be written a moment after the answer. */
  lineOf(requestId: string | null): Promise<Record<string, unknown>>;
  /** Calls with the key, and holds request and answer against the served description. */
  call<Body>(method: Method, path: string, options?: CallOptions): Promise<Answer<Body>>;
  /** As {@link ApiForTest.call}, for an answer that must be this problem. */
  problem(method: Method, path: string, code: string, options?: CallOptions): Promise<ProblemBody>;
  close(): Promise<void>;
}

/** An API on a free port. */
export async function startApi(
  config: Partial<ApiConfig> & Pick<ApiConfig, "databaseUrl">,
  overrides: ApiOverrides = {},
): Promise<ApiForTest> {
  const written: string[] = [];
  const logger = createLogger(
    { app: "api", level: "debug" },
    new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk));
        done();
      },
    }),
  );
  const api = createApi(
    {
      plaid: PLAID,
      plaidWebhookUrl: WEBHOOK_URL,
      linkPublicUrl: "http://link.test",
      encryptionKeys: keyRing(1),
      linkTokenKeys: LINK_TOKEN_KEYS,
      adminApiKeyHash: hashApiKey(ADMIN_KEY),
      reauthHoldSeconds: 90,
      targetPolicy: RECEIVERS_HERE,
      egressAddresses: ["198.51.100.7", "2001:db8:40::/48"],
      port: 0,
      logLevel: "debug",
      ...config,
    },
    { logger, ...overrides },
  );
  await api.start();
  const url = `http://127.0.0.1:${api.port}`;
  let contract: Promise<Contract> | undefined;
  const describe = async () => createContract((await (await fetch(`${url}/v1/openapi.json`)).json()) as Description);
  let answeredAt = 0;

  async function call<Body>(
    method: Method,
    path: string,
    { query = "", body, raw, headers = {}, key = ADMIN_KEY }: CallOptions = {},
  ): Promise<Answer<Body>> {
    const search = new URLSearchParams(query);
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const requestHeaders = new Headers({
      authorization: `Bearer ${key}`,
      ...(content !== undefined && { "content-type": "application/json" }),
      ...headers,
    });
    // What it makes is newer than what the request before it made: ids of one millisecond come in any order.
    while (method !== "get" && Date.now() === answeredAt) await setImmediate();
    const response = await fetch(`${url}${path}${search.size > 0 ? `?${search.toString()}` : ""}`, {
      method: method.toUpperCase(),
      headers: requestHeaders,
      ...(content !== undefined && { body: content }),
    });
    const isJson = /^application\/(?:problem\+)?json/.test(response.headers.get("content-type") ?? "");
    const answer: unknown = isJson ? await response.json() : await response.text();
    answeredAt = Date.now();
    contract ??= describe();
    const { status, headers: answered } = response;
    const exchange = { method, path, query: search, requestHeaders, body, status, headers: answered, answer };
    expect({ violations: (await contract).violations(exchange), answer }).toEqual({ violations: [], answer });
    // That it is what the test expects has just been held against the description.
    return { status, headers: answered, body: answer as Body };
  }

  return {
    url,
    get log() {
      return written.join("");
    },
    lineOf: (requestId) =>
      waitFor(() => {
        const lines = written.map((line) => JSON.parse(line) as Record<string, unknown>);
        const [line, ...others] = lines.filter((one) => one["requestId"] === requestId);
        expect(others).toEqual([]);
        return line;
      }),
    call,
    async problem(method, path, code, options) {
      const answer = await call<ProblemBody>(method, path, options);
      expect(answer.body).toMatchObject({
        code,
        status: answer.status,
        request_id: answer.headers.get("x-request-id"),
      });
      return answer.body;
    },
    close: () => api.close(),
  };
}

/** A sandbox of Plaid, and an Item in it. */
export interface PlaidForTest {
  readonly url: string;
  /** Calls Plaid itself, as somebody who holds the client's keys. */
  call<Answer>(path: string, body: object): Promise<Answer>;
  publicToken(institutionId?: string): Promise<string>;
  accessToken(institutionId?: string): Promise<string>;
  /** Gives an Item this error, without a webhook. */
  breakItem(plaidItemId: string, errorCode: string): Promise<void>;
  repairItem(plaidItemId: string): Promise<void>;
  /** Where the Item's webhooks go. */
  webhookOf(plaidItemId: string): Promise<string>;
  /** Makes it misbehave until the test ends. */
  fail(faults: object): Promise<void>;
}

/**
 * A database, a sandbox and an API for the tests of a file. The API has the rights of its own role and no more; `database`
 * is the owner's, to look and to arrange.
 */
export function setUpApi() {
  const stores = useDatabase();
  let database: Database | undefined;
  let api: ApiForTest | undefined;
  let sandbox: RunningApp | undefined;
  const there = <T>(part: T | undefined): T => {
    if (part === undefined) throw new TypeError("it is there only inside of hooks and tests");
    return part;
  };

  beforeAll(async () => {
    sandbox = await spawnApp("sandbox", { LOG_LEVEL: "warn" }, { port: await freePortRange() });
    database = connect({ url: new Secret(stores.url), app: "test", connectTimeoutMs: 20_000, onError: () => {} });
    api = await startApi({
      databaseUrl: new Secret(stores.urlFor("relink_api")),
      plaid: { ...PLAID, baseUrl: sandbox.url },
    });
  });
  afterAll(async () => {
    await api?.close();
    await database?.close();
    await sandbox?.stop();
  });

  const send = async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${there(sandbox).url}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`the sandbox: ${response.status} ${JSON.stringify(answer)}`);
    return answer as Answer; // the sandbox is tested elsewhere
  };
  const callPlaid = <Answer>(path: string, body: object) =>
    send<Answer>("POST", path, { client_id: "a-client", secret: PLAID_SECRET, ...body });

  const plaid: PlaidForTest = {
    get url() {
      return there(sandbox).url;
    },
    call: callPlaid,
    async publicToken(institutionId = "ins_109508") {
      const options = { institution_id: institutionId, initial_products: ["transactions"] };
      return (await callPlaid<{ public_token: string }>("/sandbox/public_token/create", options)).public_token;
    },
    async accessToken(institutionId) {
      const body = { public_token: await plaid.publicToken(institutionId) };
      return (await callPlaid<{ access_token: string }>("/item/public_token/exchange", body)).access_token;
    },
    async breakItem(plaidItemId, errorCode) {
      await send("POST", `/control/items/${plaidItemId}/error`, { error_code: errorCode, webhook: false });
    },
    async repairItem(plaidItemId) {
      await send("POST", `/control/items/${plaidItemId}/repair`, { webhook: false });
    },
    webhookOf: async (plaidItemId) => (await send<{ webhook: string }>("GET", `/control/items/${plaidItemId}`)).webhook,
    async fail(faults) {
      onTestFinished(async () => void (await send("DELETE", "/control/faults")));
      await send("PUT", "/control/faults", faults);
    },
  };

  let users = 0;
  const newUser = () => {
    users += 1;
    return { external_id: `user-${users}`, email: `user-${users}@example.com` };
  };

  return {
    plaid,
    newUser,
    /** An Item that is under care. */
    async register(options: { institutionId?: string; user?: object; errorCode?: string } = {}): Promise<Item> {
      const accessToken = await plaid.accessToken(options.institutionId);
      if (options.errorCode !== undefined) {
        const { item } = await callPlaid<{ item: { item_id: string } }>("/item/get", { access_token: accessToken });
        await plaid.breakItem(item.item_id, options.errorCode);
      }
      const body = { access_token: accessToken, user: options.user ?? newUser() };
      const { status, body: made } = await there(api).call<Item>("post", "/v1/items", { body });
      expect(status).toBe(201);
      return made;
    },
    /** A team, and a key of its with these scopes, to be passed to `call` as `key`. */
    async newTeam(scopes: readonly Scope[] = SCOPES): Promise<{ teamId: string; keyId: string; key: string }> {
      const [teamId, keyId, key] = [randomUUIDv7(), randomUUIDv7(), makeTeamKey()];
      const { pool } = there(database);
      await pool.query("insert into teams (id, name) values ($1, $2)", [teamId, `Team ${teamId}`]);
      await pool.query(
        "insert into api_keys (id, team_id, name, hash, hint, scopes) values ($1, $2, 'a key', $3, $4, $5)",
        [keyId, teamId, hashApiKey(key), key.slice(-4), scopes],
      );
      return { teamId: showId("team", teamId), keyId: showId("key", keyId), key };
    },
    get api() {
      return there(api);
    },
    get database() {
      return there(database);
    },
    urlFor: stores.urlFor,
    query: async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
      (await there(database).pool.query<Record<string, unknown>>(text, values)).rows,
  };
}
