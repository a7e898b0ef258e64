import { randomBytes } from "node:crypto";
import { freePortRange, spawnApp } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { expect, test } from "vitest";

const database = useDatabase();
const keyRing = () => `k1:${randomBytes(32).toString("base64")}`;

test("as a process it answers on its port, and ends in good order on SIGTERM", async () => {
  const key = randomBytes(32).toString("hex");
  const port = await freePortRange();
  const app = await spawnApp(
    "api",
    {
      DATABASE_URL: database.urlFor("relink_api"),
      PLAID_CLIENT_ID: "a-client",
      PLAID_SECRET: "a-secret",
      PLAID_ENV: "sandbox",
      PLAID_WEBHOOK_URL: "http://127.0.0.1:9/webhooks/plaid",
      LINK_PUBLIC_URL: "http://127.0.0.1:9",
      ENCRYPTION_KEYS: keyRing(),
      LINK_TOKEN_KEYS: keyRing(),
      RELINK_ADMIN_API_KEY: key,
    },
    { port },
  );
  expect(app.url).toBe(`http://localhost:${port + 2}`);
  const response = await fetch(`${app.url}/v1/items`, { headers: { authorization: `Bearer ${key}` } });
  expect(await response.json()).toEqual({ data: [], has_more: false, next_cursor: null });
  expect(await app.stop()).toEqual({ code: 0, signal: null });
});
