import { Configuration, CountryCode, type LinkTokenCreateRequest, PlaidApi, Products } from "plaid";
import { onTestFinished } from "vitest";
import type { SandboxConfig } from "../config.ts";
import { createSandbox, type Sandbox, type SandboxOverrides } from "../sandbox.ts";
import { createReceiver } from "./receiver.ts";

/** A running sandbox on free ports, closed with its test. */
export async function startSandbox(
  config: Partial<SandboxConfig> = {},
  overrides: SandboxOverrides = {},
): Promise<Sandbox> {
  const sandbox = createSandbox(
    { port: 0, smtpPort: 0, dataFile: ":memory:", timeScale: 1000, logLevel: "silent", ...config },
    overrides,
  );
  await sandbox.start();
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await sandbox.close();
  };
  onTestFinished(close);
  return {
    start: () => Promise.resolve(),
    close,
    get url() {
      return sandbox.url;
    },
    get smtpUrl() {
      return sandbox.smtpUrl;
    },
  };
}

/** Plaid's official client, pointed at a sandbox as the README says. */
export function plaidClient(sandbox: Sandbox): PlaidApi {
  return new PlaidApi(
    new Configuration({
      basePath: sandbox.url,
      baseOptions: { headers: { "PLAID-CLIENT-ID": "a-client", "PLAID-SECRET": "a-secret" } },
    }),
  );
}

/** A new Item at First Platypus Bank. */
export async function createItem(
  plaid: PlaidApi,
  options: { webhook?: string; institutionId?: string; products?: Products[] } = {},
): Promise<{ accessToken: string; itemId: string }> {
  const { data } = await plaid.sandboxPublicTokenCreate({
    institution_id: options.institutionId ?? "ins_109508",
    initial_products: options.products ?? [Products.Transactions],
    ...(options.webhook !== undefined && { options: { webhook: options.webhook } }),
  });
  const exchanged = await plaid.itemPublicTokenExchange({ public_token: data.public_token });
  return { accessToken: exchanged.data.access_token, itemId: exchanged.data.item_id };
}

/** A Link token for an Item's update mode. */
export async function createUpdateToken(
  plaid: PlaidApi,
  accessToken: string,
  redirectUri?: string,
  extra: Partial<LinkTokenCreateRequest> = {},
): Promise<string> {
  const { data } = await plaid.linkTokenCreate({
    client_name: "A test",
    language: "en",
    country_codes: [CountryCode.Us],
    user: { client_user_id: "user-1" },
    access_token: accessToken,
    ...(redirectUri !== undefined && { redirect_uri: redirectUri }),
    ...extra,
  });
  return data.link_token;
}

/** One login in Link, as its frame does it. With account selection, the choice is still to come. */
export async function logIn(sandbox: Sandbox, linkToken: string, password = "pass_good") {
  const session = await call(sandbox, "POST", "/link/v2/api/session", { token: linkToken });
  const path = `/link/v2/api/session/${session["link_session_id"]}`;
  const answer = await call(sandbox, "POST", `${path}/credentials`, {
    institution_id: "ins_109508",
    username: "user_good",
    password,
  });
  return { path, sessionId: String(session["link_session_id"]), answer };
}

/** A webhook endpoint, closed with its test. */
export async function startReceiver(...args: Parameters<typeof createReceiver>) {
  const receiver = await createReceiver(...args);
  onTestFinished(receiver.close);
  return receiver;
}

/** What the tests read of an answer; each test names the shape it expects. */
export type Json = { [key: string]: Json } & Json[] & string;

/** Calls `/control/…` or the inbox. */
export async function call(sandbox: Sandbox, method: string, path: string, body?: unknown): Promise<Json> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    ...(body !== undefined && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Json;
  if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** Plaid's error of a call that must fail, with its HTTP status. */
export async function plaidErrorOf(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    const { response } = error as { response?: { status: number; data: Record<string, unknown> } };
    if (response !== undefined) return { http: response.status, ...response.data };
    throw error;
  }
  throw new Error("the call should have failed");
}
