import { createServer } from "node:http";
import { closeServer, listen, Secret } from "@relink/service";
import { expect, onTestFinished, test } from "vitest";
import type { PlaidCallOptions } from "./call.ts";
import { createPlaidClient, type PlaidClient } from "./client.ts";
import { isOpenapiMissing, openapiNote, readPlaidOpenapi } from "./testing/plaid-openapi.ts";
import { createWebhookKeyFetcher } from "./webhook-key.ts";

type Client = PlaidClient & { getWebhookKey(keyId: string): Promise<unknown> };

const token = new Secret("access-sandbox-de3ce8ef-33f8-452c-a685-8671031fc0f6");
const linkToken = new Secret("link-sandbox-af1a0311-da53-4636-b754-dd15cc058176");
const link = {
  clientName: "Relink",
  language: "en",
  countryCodes: ["US", "CA"],
  redirectUri: "https://link.example.com/oauth-return",
  clientUserId: "usr_01",
};
const hosted = { completionRedirectUri: "https://link.example.com/r/done" };

/** Every call of the client, in every form that it takes. */
const CALLS: readonly [path: string, call: (client: Client) => Promise<unknown>][] = [
  ["/accounts/get", (client) => client.getAccounts(token, {})],
  ["/institutions/get_by_id", (client) => client.getInstitutionHealth("ins_109508", ["US", "GB"])],
  ["/item/get", (client) => client.getItem(token, {})],
  [
    "/item/public_token/exchange",
    (client) => client.exchangePublicToken(new Secret("public-sandbox-de3ce8ef-33f8-452c-a685-8671031fc0f6"), {}),
  ],
  ["/item/remove", (client) => client.removeItem(token, {})],
  ["/item/webhook/update", (client) => client.updateWebhook(token, "https://hooks.example.com/webhooks/plaid", {})],
  ["/link/token/create", (client) => client.createUpdateLinkToken(token, link, {})],
  ["/link/token/create", (client) => client.createUpdateLinkToken(token, { ...link, accountSelection: true }, {})],
  ["/link/token/create", (client) => client.createUpdateLinkToken(token, { ...link, hosted }, {})],
  ["/link/token/get", (client) => client.getLinkSessions(linkToken, {})],
  ["/webhook_verification_key/get", (client) => client.getWebhookKey("6c5516e1-92dc-479e-a8ff-5a51992e0001")],
];

interface SentRequest {
  path: string;
  body: Record<string, unknown>;
}

/** A client of a Plaid that answers with what it is given, and what the client has sent. */
async function setUp(answerTo: (path: string) => object) {
  const sent: SentRequest[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const path = request.url ?? "";
      sent.push({ path, body: JSON.parse(body) as Record<string, unknown> });
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answerTo(path)));
    });
  });
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(() => closeServer(server, 0));
  const options: PlaidCallOptions = {
    clientId: "c",
    secret: new Secret("s"),
    env: "sandbox",
    baseUrl: `http://127.0.0.1:${port}`,
    record: async () => {},
    onRecordFailed: () => {},
  };
  const client: Client = { ...createPlaidClient(options), getWebhookKey: createWebhookKeyFetcher(options) };
  return { client, sent };
}

test.skipIf(isOpenapiMissing)(
  `what the client sends, and what it reads, is as Plaid's OpenAPI file says${openapiNote}`,
  { timeout: 60_000 },
  async () => {
    const openapi = readPlaidOpenapi();
    const { client, sent } = await setUp((path) => {
      const examples = openapi.operation(path)?.responses["200"].content["application/json"].examples ?? {};
      return Object.values(examples)[0]?.value ?? {};
    });
    const answers = new Map<string, unknown>();
    for (const [path, call] of CALLS) answers.set(path, await call(client));

    expect(sent.map(({ path }) => path)).toEqual(CALLS.map(([path]) => path));
    for (const { path, body } of sent) {
      const name = openapi.operation(path)?.requestBody.content["application/json"].schema.$ref.split("/").at(-1) ?? "";
      const validate = openapi.validator(name);
      validate(body);
      expect({ path, errors: validate.errors }).toEqual({ path, errors: null });
      // The file leaves objects open, so a misspelt field would fit.
      const known = Object.keys(openapi.schemas[name]?.properties ?? {});
      expect({ path, unknown: Object.keys(body).filter((field) => !known.includes(field)) }).toEqual({
        path,
        unknown: [],
      });
    }

    expect(answers.get("/item/get")).toEqual({
      plaidItemId: "Ed6bjNrDLJfGvZWwnkQlfxwoNz54B5C97ejBr",
      institutionId: "ins_109508",
      institutionName: "First Platypus Bank",
      webhookUrl: "https://plaid.com/example/hook",
      error: null,
      products: ["identity", "transactions"],
      consentExpiresAt: new Date("2024-03-16T15:53:00Z"),
      lastWebhook: { code: "DEFAULT_UPDATE", sentAt: new Date("2019-02-15T15:53:00Z") },
    });
    expect(answers.get("/accounts/get")).toMatchObject([
      { plaidAccountId: "blgvvBlXw3cq5GMPwqB6s6q4dLKB9WcVqGDGo", name: "Plaid Checking", mask: "0000" },
      { name: "Plaid 401k", mask: "6666" },
      { name: "Plaid Student Loan", mask: "7777" },
    ]);
    expect(answers.get("/institutions/get_by_id")).toBe("healthy");
    expect(answers.get("/link/token/get")).toEqual([
      {
        linkSessionId: "43face8b-a5c2-42a4-adec-4a4ec589eb46",
        finishedAt: new Date("2024-07-29T20:24:05.330Z"),
        outcome: "success",
        exit: null,
      },
    ]);
  },
);
