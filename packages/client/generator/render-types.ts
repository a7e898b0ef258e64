import { createApi } from "@relink/api";
import { createTargetPolicy } from "@relink/delivery";
import { Secret } from "@relink/service";
import openapiTypescript, { astToString, type OpenAPI3, type OperationObject } from "openapi-typescript";

/** Where the types are kept. */
export const TYPES_FILE = new URL("../src/generated/api.ts", import.meta.url);

const HEAD = "// Made by `pnpm --filter @relink/client generate` from what the API says of itself. Not to be edited.\n";

/**
 * The types of all that the API takes and answers, made from the description that it serves.
 *
 * @returns what {@link TYPES_FILE} has to hold.
 */
export async function renderTypes(): Promise<string> {
  const description = await servedDescription();
  for (const operation of Object.values(description.paths ?? {}).flatMap((path) => Object.values(path))) {
    keepWhatClientsSee(operation as OperationObject);
  }
  for (const { post } of Object.values(description.webhooks ?? {}) as { post: OperationObject }[]) {
    keepWhatIsSent(post);
  }
  const types = await openapiTypescript(description, {
    alphabetize: true,
    // What has a default may be left out of a request.
    defaultNonNullable: false,
    silent: true,
  });
  return `${HEAD}${astToString(types)}`;
}

/**
 * Takes bad answers and headers out of an operation: a bad answer is thrown as one and the same type, and headers are read by
 * their name. They would be two thirds of the types.
 */
function keepWhatClientsSee(operation: OperationObject): void {
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    if (Number(status) >= 400) delete operation.responses?.[status];
    else if ("headers" in response) delete response.headers;
  }
}

/** Takes all but the body out of a webhook: receivers verify its headers with a library, and answer as they like. */
function keepWhatIsSent(webhook: OperationObject): void {
  delete webhook.parameters;
  webhook.responses = {};
}

/** Asks an API that has no database: its description needs none. */
async function servedDescription(): Promise<OpenAPI3> {
  const noKeys = new Map([["none", new Uint8Array(32)]]);
  const api = createApi({
    databaseUrl: new Secret("postgres://nobody@127.0.0.1:1/none"),
    plaid: { clientId: "none", secret: new Secret("none"), env: "sandbox" },
    plaidWebhookUrl: "http://127.0.0.1:1/",
    linkPublicUrl: "http://127.0.0.1:1",
    encryptionKeys: noKeys,
    linkTokenKeys: noKeys,
    adminApiKeyHash: Buffer.alloc(32),
    reauthHoldSeconds: 0,
    targetPolicy: createTargetPolicy({}),
    egressAddresses: [],
    port: 0,
    logLevel: "silent",
  });
  await api.start();
  try {
    const response = await fetch(`http://127.0.0.1:${api.port}/v1/openapi.json`);
    // It is checked to be OpenAPI where it is made.
    return (await response.json()) as OpenAPI3;
  } finally {
    await api.close();
  }
}
