import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePortRange, inbox, launchChromium, type RunningApp, spawnApp, startRedis, waitFor } from "@relink/testkit";
import { useDatabase } from "@relink/testkit/vitest";
import { connect } from "@relink/db";
import { createProducer } from "@relink/jobs";
import { PORT_OFFSET, Secret } from "@relink/service";
import { Configuration, PlaidApi, Products } from "plaid";
import { afterAll, beforeAll, expect, test } from "vitest";

/** All of Relink as processes of their own, with real stores, real mail, and the sandbox where Plaid would be. */
const database = useDatabase();
const adminKey = randomBytes(24).toString("hex");
const address = "mia@example.com";
const closing: (() => Promise<unknown>)[] = [];
let sandbox: RunningApp;
let api: RunningApp;
let plaid: PlaidApi;
let redisUrl: string;
let insideUrls: readonly string[] = [];

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), "relink-e2e-"));
  closing.push(() => rm(dir, { recursive: true, force: true }));
  const redis = await startRedis({ dir: join(dir, "redis") });
  closing.push(() => redis.stop());
  redisUrl = redis.url;

  const port = await freePortRange();
  const at = (offset: number): string => `http://localhost:${port + offset}`;
  insideUrls = [PORT_OFFSET.ingressInside, PORT_OFFSET.linkInside, PORT_OFFSET.api, PORT_OFFSET.workerInside].map(at);
  const key = (): string => `k1:${randomBytes(32).toString("base64")}`;
  const plaidSettings = {
    PLAID_CLIENT_ID: "client",
    PLAID_SECRET: "secret",
    PLAID_ENV: "sandbox",
    PLAID_BASE_URL: at(3),
  };
  const keys = { ENCRYPTION_KEYS: key(), LINK_TOKEN_KEYS: key() };
  const links = { LINK_PUBLIC_URL: at(1), PRODUCT_NAME: "Acme", ...keys };
  const urlFor = (app: "ingress" | "worker" | "link" | "api") => ({ DATABASE_URL: database.urlFor(`relink_${app}`) });
  const launch = async (...app: Parameters<typeof spawnApp>): Promise<RunningApp> => {
    const [name, env, options] = app;
    const running = await spawnApp(name, env, { readyTimeoutMs: 60_000, ...options });
    closing.push(() => running.stop());
    return running;
  };

  sandbox = await launch("sandbox", { PLAID_CLIENT_ID: "client", PLAID_SECRET: "secret" }, { port });
  [api] = await Promise.all([
    launch(
      "api",
      {
        ...plaidSettings,
        ...links,
        ...urlFor("api"),
        PLAID_WEBHOOK_URL: `${at(0)}/webhooks/plaid`,
        RELINK_ADMIN_API_KEY: adminKey,
      },
      { port },
    ),
    launch("ingress", { ...plaidSettings, ...urlFor("ingress"), REDIS_URL: redis.url }, { port }),
    launch(
      "worker",
      {
        ...plaidSettings,
        ...links,
        ...urlFor("worker"),
        REDIS_URL: redis.url,
        SMTP_URL: `smtp://localhost:${port + 25}`,
        EMAIL_FROM: "Acme <hello@acme.example>",
        REAUTH_HOLD_SECONDS: "1",
      },
      { port },
    ),
    launch(
      "link",
      {
        ...plaidSettings,
        ...links,
        ...urlFor("link"),
        PLAID_LINK_SCRIPT_URL: `${at(3)}/link/v2/stable/link-initialize.js`,
      },
      { port },
    ),
  ]);
  plaid = new PlaidApi(
    new Configuration({
      basePath: sandbox.url,
      baseOptions: { headers: { "PLAID-CLIENT-ID": "client", "PLAID-SECRET": "secret" } },
    }),
  );
}, 120_000);
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
}, 120_000);

/** Several processes have their part in what is waited for. */
const PATIENCE = { timeoutMs: 60_000 };

interface ApiItem {
  id: string;
  plaid_item_id: string;
  status: { kind: string; confirmed: boolean };
  episode: object | null;
}
interface TimelineEntry {
  kind: string;
  [detail: string]: unknown;
}

/** A new Item in our care, and the access token for playing with it. */
async function linkItem(user: { external_id: string; email: string; name?: string }) {
  const created = await plaid.sandboxPublicTokenCreate({
    institution_id: "ins_109508",
    initial_products: [Products.Transactions],
  });
  const { data: linked } = await plaid.itemPublicTokenExchange({ public_token: created.data.public_token });
  const item = await call<ApiItem>("POST", "/v1/items", { access_token: linked.access_token, user });
  expect(item).toMatchObject({ plaid_item_id: linked.item_id, status: { kind: "healthy", confirmed: true } });
  return { item, accessToken: linked.access_token };
}

async function call<Answer>(
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  key: string = adminKey,
): Promise<Answer> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Answer;
}

test("the guide for whoever runs it lists every figure that an app tells, and no other", async () => {
  const guide = readFileSync(new URL("../docs/guides/operate.md", import.meta.url), "utf8");
  const listed = new Set([...guide.matchAll(/^\| `(relink_\w+)`/gm)].map(([, name]) => name));
  const pages = await Promise.all(insideUrls.map(async (url) => (await fetch(`${url}/metrics`)).text()));
  const told = new Set(pages.flatMap((page) => [...page.matchAll(/^# TYPE (relink_\w+)/gm)].map(([, name]) => name)));
  expect(listed).toEqual(told);
  // What is said of alerts, too.
  const named = [...guide.matchAll(/relink_[a-z_]+/g)].map(([name]) => name.replace(/_count$/, ""));
  expect(named.filter((name) => !told.has(name))).toEqual([]);
});

test("a broken Item, a mail, one click, repaired: the whole way, with everything on the timeline", async () => {
  const { item, accessToken } = await linkItem({ external_id: "mia", email: address, name: "Mia" });
  const state = () => call<ApiItem>("GET", `/v1/items/${item.id}`);

  await plaid.sandboxItemResetLogin({ access_token: accessToken });
  await waitFor(async () => {
    expect((await state()).status).toMatchObject({ kind: "login_required", confirmed: true });
    return true;
  }, PATIENCE);
  const mail = await inbox(sandbox.url).waitForMail(address, PATIENCE);
  expect(mail.Subject).toContain("First Platypus Bank");
  const [link = ""] = /http\S+\/r\/\S+/.exec(mail.Text) ?? [];

  const browser = await launchChromium();
  closing.push(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  await page.goto(link);
  const dialog = page.frameLocator("iframe[title=Link]");
  const signIn = async (password: string): Promise<void> => {
    await dialog.getByLabel("Username").fill("user_good");
    await dialog.getByLabel("Password").fill(password);
    await dialog.getByRole("button", { name: "Submit" }).click();
  };

  const pressButtonUnder = async (title: string): Promise<void> => {
    const panel = page.locator("[data-panel]").filter({ has: page.getByRole("heading", { name: title }) });
    await panel.locator("[data-action]").click();
  };

  // Closed without trying.
  await pressButtonUnder("Reconnect First Platypus Bank");
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.getByRole("button", { name: "Yes, exit" }).click();
  // Tried and failed.
  await pressButtonUnder("Not reconnected yet");
  await signIn("not the password");
  await dialog.getByRole("button", { name: "Exit" }).click();
  // Succeeded, after one more wrong password.
  await pressButtonUnder("That didn’t work");
  await signIn("not the password");
  await dialog.getByRole("button", { name: "Try again" }).click();
  await signIn("pass_good");
  await dialog.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "You’re connected again" }).waitFor();

  expect(await state()).toMatchObject({ status: { kind: "healthy", confirmed: true }, episode: null });
  const mails = (await inbox(sandbox.url).messages()).filter(({ To }) => To[0]?.Address === address);
  // The good news may have come already.
  expect(mails.filter(({ Subject }) => Subject === mail.Subject)).toHaveLength(1);

  const { data: timeline } = await call<{ data: TimelineEntry[] }>("GET", `/v1/items/${item.id}/timeline?limit=250`);
  const of = (kind: string): TimelineEntry[] => timeline.filter((entry) => entry.kind === kind);
  // Plaid promises no order.
  expect(of("webhook_received").map(({ webhook_code: code, outcome }) => `${String(code)} ${String(outcome)}`)).toEqual(
    expect.arrayContaining(["ERROR applied", "WEBHOOK_UPDATE_ACKNOWLEDGED applied"]),
  );
  // One mail about the break, no reminder, and the good news.
  expect(of("email").map(({ step }) => step)).toEqual([100, 1, 0]);
  expect(of("email").slice(1)).toMatchObject([{ state: "cancelled" }, { state: "sent" }]);
  expect(of("episode_closed")).toMatchObject([{ reason: "repaired" }]);

  const calls = of("api_call");
  expect(calls.map(({ method }) => method)).toEqual(expect.arrayContaining(["/item/get", "/link/token/create"]));
  for (const { request_id: requestId } of calls) expect(requestId).toMatch(/\S/);

  const endings = of("link_callback").filter(({ callback }) => callback !== "event");
  expect(endings.toReversed()).toMatchObject([
    { callback: "exit", request_id: null, error_code: null, link_session_id: expect.any(String) },
    {
      callback: "exit",
      request_id: expect.any(String),
      error_type: "ITEM_ERROR",
      error_code: "INVALID_CREDENTIALS",
      link_session_id: expect.any(String),
    },
    { callback: "success", link_session_id: expect.any(String) },
  ]);
  expect(JSON.stringify(timeline)).not.toMatch(/(access|public|link)-sandbox-/);

  // The link is dead with its episode, and says so kindly.
  const again = await browser.newPage();
  await again.goto(link);
  expect(await again.locator("h1:visible").textContent()).toMatch(/already|connected/i);
}, 180_000);

test("the body of Plaid's first integration guide, without an environment, brings a mail as well", async () => {
  const { item } = await linkItem({ external_id: "noa", email: "noa@example.com" });
  const control = async (path: string, body: unknown): Promise<void> => {
    const response = await fetch(`${sandbox.url}/control/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    expect(response.ok).toBe(true);
  };
  await control(`items/${item.plaid_item_id}/error`, { error_code: "ITEM_LOGIN_REQUIRED", webhook: false });
  await control("webhooks", {
    url: `http://localhost:${new URL(sandbox.url).port.replace(/3$/, "0")}/webhooks/plaid`,
    body: {
      webhook_type: "ITEM",
      webhook_code: "ERROR",
      item_id: item.plaid_item_id,
      error: {
        display_message: "The provided credentials were not correct.\nPlease try again.",
        error_code: "ITEM_LOGIN_REQUIRED",
        error_message: "the credentials were not correct",
        error_type: "ITEM_ERROR",
        status: 400,
      },
    },
  });
  const mail = await inbox(sandbox.url).waitForMail("noa@example.com", PATIENCE);
  expect(mail.Subject).toContain("First Platypus Bank");
}, 120_000);

test("a webhook that Plaid lost is made up for by the sweep, and the timeline says that it was", async () => {
  const { item, accessToken } = await linkItem({ external_id: "user-of-a-lost-webhook", email: "lost@example.com" });
  await fetch(`${sandbox.url}/control/faults`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ webhooks: { drop: 1 } }),
  });
  await plaid.sandboxItemResetLogin({ access_token: accessToken });
  expect(await call<ApiItem>("GET", `/v1/items/${item.id}`)).toMatchObject({ status: { kind: "healthy" } });

  // Two days later, when the sweep comes by.
  const owner = connect({ url: new Secret(database.url), app: "test", onError() {} });
  const producer = createProducer({ redisUrl: new Secret(redisUrl), onError() {} });
  try {
    await owner.pool.query("update items set asked_at = asked_at - interval '2 d', hint_at = hint_at - interval '2 d'");
    await producer.add("maintenance", { jobId: "sweep-of-the-test", payload: { task: "reconcile" } });
  } finally {
    await producer.close();
    await owner.close();
  }
  await waitFor(
    async () => (await call<ApiItem>("GET", `/v1/items/${item.id}`)).status.kind === "login_required",
    PATIENCE,
  );
  const { data } = await call<{ data: TimelineEntry[] }>("GET", `/v1/items/${item.id}/timeline`);
  expect(data).toContainEqual(expect.objectContaining({ kind: "status_corrected" }));
}, 120_000);

test("a team names an address, which is asked, confirms it by a click, and then gets the mails", async () => {
  const to = "payments@example.com";
  const team = await call<{ id: string }>("POST", "/v1/teams", { name: "Payments" });
  const { key } = await call<{ key: string }>("POST", `/v1/teams/${team.id}/api-keys`, {
    name: "test",
    scopes: ["subscriptions:read", "subscriptions:write"],
  });
  const wish = { kind: "email", address: to, event_types: ["item.*"] };
  const made = await call<{ id: string; status: string }>("POST", "/v1/subscriptions", wish, key);
  expect(made.status).toBe("pending_verification");

  const question = await inbox(sandbox.url).waitForMail(to, PATIENCE);
  expect(question.Subject).toContain("Payments");
  const [link = ""] = /http\S+\/team-mail\/confirm\/\S+/.exec(question.Text) ?? [];
  const browser = await launchChromium();
  closing.push(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 320, height: 568 } });
  await page.goto(link);
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("heading", { name: "You have confirmed it" }).waitFor();
  expect(await call("GET", `/v1/subscriptions/${made.id}`, undefined, key)).toMatchObject({ status: "active" });

  await call("POST", `/v1/subscriptions/${made.id}/test`, { type: "item.error" }, key);
  const news = await waitFor(async () => {
    const mails = await inbox(sandbox.url).messages();
    return mails.find((mail) => mail.ID !== question.ID && mail.To[0]?.Address === to);
  }, PATIENCE);
  expect((await inbox(sandbox.url).message(news.ID)).Text).toContain("Who must act: the user");
}, 180_000);
