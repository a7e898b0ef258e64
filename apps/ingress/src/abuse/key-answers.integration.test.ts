import { createServer, type ServerResponse } from "node:http";
import { closeServer, listen } from "@relink/service";
import { createPlaidSigner, type PlaidSigner } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import { expect, onTestFinished, test } from "vitest";
import { countRows, PLAID, startIngress } from "../testing/ingress-for-test.ts";

const database = useDatabase();
const redis = useRedis();
const BODY = '{\n  "webhook_type": "ITEM"\n}';

/** A key service that answers as the test says. */
async function startKeyService(answer: (response: ServerResponse, path: string) => void) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(response, request.url ?? "");
  });
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(() => closeServer(server, 0));
  return { url: `http://127.0.0.1:${port}`, asked };
}

function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** One genuine webhook to an ingress that asks this service; what came of it. */
async function deliver(signer: PlaidSigner, answer: (response: ServerResponse, path: string) => void) {
  const service = await startKeyService(answer);
  const config = { plaid: { ...PLAID, baseUrl: service.url } };
  const ingress = await startIngress({ database, redis }, { config, overrides: { fetchKey: undefined as never } });
  const { status, headers } = await ingress.post(BODY, signer.signWebhook(BODY));
  const [line] = ingress.lines("webhook.rejected");
  const counted = await ingress.metric("relink_webhook_rejected_total", `"${String(line?.["reason"])}"`);
  return {
    status,
    retryAfter: headers.get("retry-after"),
    line,
    counted,
    asked: service.asked,
    log: ingress.logText(),
  };
}

const signer = createPlaidSigner();
const { jwk } = signer;
const withKey = (key: unknown) => (response: ServerResponse) => json(response, { key, request_id: "abc" });

test.each<[string, Record<string, unknown>, string]>([
  ["K5 of another id", { ...jwk, kid: "another" }, "key_unusable"],
  ["K5 for another use", { ...jwk, use: "enc" }, "key_unusable"],
  ["K5 for another algorithm", { ...jwk, alg: "ES384" }, "key_unusable"],
  ["K5 on another curve", { ...jwk, crv: "P-384" }, "key_unusable"],
  ["K5 that is symmetric", { kid: signer.keyId, kty: "oct", k: "AAAA", alg: "HS256", use: "sig" }, "key_unusable"],
  ["K5 for other operations", { ...jwk, key_ops: ["encrypt"] }, "key_unusable"],
  ["K6 that is no point of the curve", { ...jwk, y: jwk.x }, "key_unusable"],
  ["K6 at zero", { ...jwk, x: "A".repeat(43), y: "A".repeat(43) }, "key_unusable"],
  ["K7 that is retired", { ...jwk, expired_at: 1_600_000_000 }, "key_retired"],
])("a key %s is 401, stores nothing, and is told in the log", async (_what, key, reason) => {
  const before = await countRows(database.url);
  const { status, line, counted, asked } = await deliver(signer, withKey(key));
  expect(status).toBe(401);
  expect(line).toMatchObject({ reason, status: 401 });
  expect(counted).toBe(1);
  expect(asked).toHaveLength(1);
  expect(await countRows(database.url)).toBe(before);
});

test("K2 a key that Plaid does not know is 401", async () => {
  const { status, line } = await deliver(signer, (response) =>
    json(
      response,
      {
        error_type: "INVALID_INPUT",
        error_code: "INVALID_WEBHOOK_VERIFICATION_KEY_ID",
        error_message: "MARKER",
        display_message: null,
        request_id: "abc",
      },
      400,
    ),
  );
  expect(status).toBe(401);
  expect(line).toMatchObject({ reason: "key_unknown" });
});

test.each<[string, (response: ServerResponse, path: string) => void]>([
  ["500", (response) => json(response, { MARKER: 1 }, 500)],
  ["429", (response) => json(response, { error_type: "RATE_LIMIT_EXCEEDED", error_code: "RATE_LIMIT" }, 429)],
  ["a page of somebody else's", (response) => void response.end("<html>MARKER</html>")],
  ["a connection that breaks", (response) => void response.destroy()],
  ["silence", () => {}],
  ["an answer in drops", (response) => void response.write("{")],
  [
    "a redirection",
    (response, path) =>
      path === "/elsewhere"
        ? json(response, { key: jwk, request_id: "abc" })
        : void response.writeHead(307, { location: "/elsewhere" }).end(),
  ],
  ["an answer without end", (response) => json(response, { key: jwk, request_id: "abc", padding: "x".repeat(70_000) })],
])("K4 with %s instead of a key a genuine webhook is 429, and nothing is stored", async (_what, answer) => {
  const before = await countRows(database.url);
  const startedAt = performance.now();
  const { status, retryAfter, line, counted, asked, log } = await deliver(signer, answer);
  expect(status).toBe(429);
  expect(retryAfter).toMatch(/^(?:[2-5]\d|60)$/);
  // Plaid waits so long for an answer.
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(line).toMatchObject({ reason: "key_service", status: 429 });
  expect(counted).toBe(1);
  expect(asked).toEqual(["/webhook_verification_key/get"]);
  expect(log).not.toContain("MARKER");
  expect(await countRows(database.url)).toBe(before);
});

test("K3 the sixth unknown key within a minute is 429 with a line that says that the budget is spent", async () => {
  const ingress = await startIngress({ database, redis });
  for (let index = 0; index < 11; index += 1) {
    await ingress.post(BODY, createPlaidSigner(`k-${index}`).signWebhook(BODY));
  }
  expect(ingress.lines("webhook.rejected").map(({ reason, status }) => [reason, status])).toContainEqual([
    "key_budget",
    429,
  ]);
  expect(await ingress.metric("relink_webhook_rejected_total", '"key_budget"')).toBe(6);
});
