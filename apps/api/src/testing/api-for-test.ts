import { Writable } from "node:stream";
import { connect, type Database } from "@relink/db";
import { createLogger, Secret } from "@relink/service";
import { freePortRange, type RunningApp, spawnApp } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import type { ApiConfig } from "../config.ts";
import { createApi } from "../create-api.ts";
import type { ProblemBody } from "../problem.ts";
import { type Contract, createContract, type Description } from "./contract.ts";

export const ADMIN_KEY = "MARKER-admin-key-0123456789abcdefgh";
export const PLAID_SECRET = "MARKER-plaid-secret";
export const WEBHOOK_URL = "http://127.0.0.1:9/webhooks/plaid";

/** What the tests read of an answer; each test names the shape it expects. */
export type Json = { [key: string]: Json } & Json[] & string;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

export interface CallOptions {
  query?: Record<string, string> | string;
  body?: unknown;
  /** The body as it is sent. */
  raw?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
}

export interface ApiForTest {
  readonly url: string;
  /** All that it logged. */
  readonly lines: readonly Json[];
  readonly log: string;
  /** Calls with the key, and holds request and answer against the served description. */
  call(method: "get" | "post", path: string, options?: CallOptions): Promise<Answer>;
  /** As {@link ApiForTest.call}, for an answer that must be this problem. */
  problem(method: "get" | "post", path: string, code: string, options?: CallOptions): Promise<ProblemBody>;
  close(): Promise<void>;
}

/** An API on a free port. */
export async function startApi(config: Partial<ApiConfig> & Pick<ApiConfig, "databaseUrl">): Promise<ApiForTest> {
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
  const key = (fill: number) => new Map([["k1", new Uint8Array(32).fill(fill)]]);
  const api = createApi(
    {
      plaidClientId: "a-client",
      plaidSecret: new Secret(PLAID_SECRET),
      plaidEnv: "sandbox",
      plaidWebhookUrl: WEBHOOK_URL,
      linkPublicUrl: "http://link.test",
      encryptionKeys: key(1),
      linkTokenKeys: key(2),
      adminApiKey: new Secret(ADMIN_KEY),
      reauthHoldSeconds: 90,
      port: 0,
      logLevel: "debug",
      ...config,
    },
    { logger },
  );
  await api.start();
  const url = `http://127.0.0.1:${api.port}`;
  let contract: Promise<Contract> | undefined;
  const describe = async () => createContract((await (await fetch(`${url}/v1/openapi.json`)).json()) as Description);

  const call: ApiForTest["call"] = async (method, path, { query = "", body, raw, headers = {} } = {}) => {
    const search = new URLSearchParams(query);
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(`${url}${path}${search.size > 0 ? `?${search.toString()}` : ""}`, {
      method: method.toUpperCase(),
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(content !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(content !== undefined && { body: content }),
    });
    const answer = (await response.json()) as Json;
    contract ??= describe();
    const exchange = { method, path, query: search, body, status: response.status, headers: response.headers, answer };
    expect((await contract).violations(exchange), JSON.stringify(answer)).toEqual([]);
    return { status: response.status, headers: response.headers, body: answer };
  };

  return {
    url,
    get lines() {
      return written.map((line) => JSON.parse(line) as Json);
    },
    get log() {
      return written.join("");
    },
    call,
    async problem(method, path, code, options) {
      const answer = await call(method, path, options);
      const body = answer.body as unknown as ProblemBody;
      expect(body).toMatchObject({ code, status: answer.status, request_id: answer.headers.get("x-request-id") });
      return body;
    },
    close: () => api.close(),
  };
}

/** A sandbox of Plaid, and an Item in it. */
export interface PlaidForTest {
  readonly url: string;
  /** Calls Plaid itself, as somebody who holds the client's keys. */
  call(path: string, body: object): Promise<Json>;
  publicToken(institutionId?: string): Promise<string>;
  accessToken(institutionId?: string): Promise<string>;
  /** Makes it misbehave until the test ends. */
  fail(faults: object): Promise<void>;
}

/**
 * A database, a sandbox and an API for the tests of a file. The API has the rights of its own role and no more; `database`
 * is the owner's, to look and to arrange.
 */
export function useApi() {
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
    database = connect({ url: new Secret(stores.url), app: "test", onError: () => {} });
    api = await startApi({
      databaseUrl: new Secret(stores.urlFor("relink_api")),
      plaidBaseUrl: sandbox.url,
    });
  });
  afterAll(async () => {
    await api?.close();
    await database?.close();
    await sandbox?.stop();
  });

  const post = async (method: string, path: string, body?: object): Promise<Json> => {
    const response = await fetch(`${there(sandbox).url}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as Json;
    expect(response.status, JSON.stringify(answer)).toBeLessThan(300);
    return answer;
  };
  const callPlaid = (path: string, body: object) =>
    post("POST", path, { client_id: "a-client", secret: PLAID_SECRET, ...body });

  const plaid: PlaidForTest = {
    get url() {
      return there(sandbox).url;
    },
    call: callPlaid,
    async publicToken(institutionId = "ins_109508") {
      const options = { institution_id: institutionId, initial_products: ["transactions"] };
      return (await callPlaid("/sandbox/public_token/create", options))["public_token"]!;
    },
    async accessToken(institutionId) {
      const body = { public_token: await plaid.publicToken(institutionId) };
      return (await callPlaid("/item/public_token/exchange", body))["access_token"]!;
    },
    async fail(faults) {
      onTestFinished(async () => void (await post("DELETE", "/control/faults")));
      await post("PUT", "/control/faults", faults);
    },
  };

  return {
    plaid,
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
