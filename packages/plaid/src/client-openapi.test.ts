import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { closeServer, listen, Secret } from "@relink/service";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import type { PlaidCallOptions } from "./call.ts";
import { createPlaidClient } from "./client.ts";
import { createWebhookKeyFetcher } from "./webhook-key.ts";

/** Plaid's own description, from https://github.com/plaid/plaid-openapi, beside this project. It is not part of it. */
const FILE = join(import.meta.dirname, "../../../../shared/plaid-openapi/2020-09-14.yml");
const isMissing = !existsSync(FILE);
const note = isMissing ? " (skipped: no ../shared/plaid-openapi beside the project)" : "";

interface Operation {
  requestBody: { content: { "application/json": { schema: object } } };
}

/** OpenAPI 3.0 as JSON Schema: `nullable` becomes a type, and a closed object is closed even if the file leaves it open. */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (node === null || typeof node !== "object") return node;
  const { nullable, example: _example, discriminator: _discriminator, ...rest } = node as Record<string, unknown>;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, toJsonSchema(value)]));
  return nullable === true ? { anyOf: [{ type: "null" }, schema] } : schema;
}

/** What the client sends when each of its methods is called. */
async function collectRequests(): Promise<{ path: string; body: Record<string, unknown> }[]> {
  const requests: { path: string; body: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      requests.push({ path: request.url ?? "", body: JSON.parse(body) as Record<string, unknown> });
      response.writeHead(500).end();
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
  const client = createPlaidClient(options);
  const token = new Secret("access-sandbox-de3ce8ef-33f8-452c-a685-8671031fc0f6");
  await Promise.allSettled([
    client.getItem(token, {}),
    client.exchangePublicToken(new Secret("public-sandbox-de3ce8ef-33f8-452c-a685-8671031fc0f6"), {}),
    client.updateWebhook(token, "https://hooks.example.com/webhooks/plaid", {}),
    client.createUpdateLinkToken(
      token,
      {
        clientName: "Relink",
        language: "en",
        countryCodes: ["US", "CA"],
        redirectUri: "https://link.example.com/oauth-return",
        clientUserId: "usr_01",
      },
      {},
    ),
    createWebhookKeyFetcher(options)("6c5516e1-92dc-479e-a8ff-5a51992e0001"),
  ]);
  return requests;
}

// Reading the file's three megabytes takes some seconds.
test.skipIf(isMissing)(
  `every request that the client sends fits Plaid's OpenAPI file${note}`,
  { timeout: 30_000 },
  async () => {
    const { paths, components } = parse(readFileSync(FILE, "utf8"), { maxAliasCount: -1 }) as {
      paths: Record<string, { post?: Operation } | undefined>;
      components: { schemas: Record<string, { properties?: Record<string, unknown> }> };
    };
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addFormat("url", true);
    ajv.addSchema({ $id: "plaid", components: toJsonSchema({ schemas: components.schemas }) });

    const requests = await collectRequests();
    for (const { path, body } of requests) {
      const schema = paths[path]?.post?.requestBody.content["application/json"].schema as { $ref: string } | undefined;
      expect({ path, isKnown: schema !== undefined }).toEqual({ path, isKnown: true });
      const name = schema?.$ref.split("/").at(-1) ?? "";
      const validate = ajv.getSchema(`plaid#/components/schemas/${name}`);
      expect(validate).toBeDefined();
      await validate?.(body);
      expect({ path, errors: validate?.errors }).toEqual({ path, errors: null });
      // The file leaves objects open, so a misspelt field would fit.
      const known = Object.keys(components.schemas[name]?.properties ?? {});
      expect({ path, unknown: Object.keys(body).filter((field) => !known.includes(field)) }).toEqual({
        path,
        unknown: [],
      });
    }
    expect(requests.map(({ path }) => path).toSorted()).toEqual([
      "/item/get",
      "/item/public_token/exchange",
      "/item/webhook/update",
      "/link/token/create",
      "/webhook_verification_key/get",
    ]);
  },
);
