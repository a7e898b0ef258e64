import { randomBytes, randomUUID } from "node:crypto";
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@relink/db";
import { PORT_OFFSET } from "@relink/service";
import {
  type AppName,
  freePortRange,
  launchChromium,
  type PostgresServer,
  type RedisServer,
  type RunningApp,
  spawnApp,
  startPostgres,
  startRedis,
  waitFor,
} from "@relink/testkit";
import { Redis } from "ioredis";
import pg from "pg";
import PostalMime from "postal-mime";
import { expect, onTestFinished, test } from "vitest";
import { dumpPostgres, dumpRedis } from "./dump-stores.ts";
import { startHostileMailServer } from "./hostile-mail-server.ts";
import { createMarkers, type Haystack, type Markers } from "./markers.ts";
import { collectTokens, startRecordingProxy } from "./recording-proxy.ts";

const ROLES = ["relink_ingress", "relink_worker", "relink_link", "relink_api"] as const;

/** What a request was answered, to be looked through. */
type Call = (
  name: string,
  url: string,
  init?: RequestInit & { allowed?: Haystack["allowed"] },
) => Promise<{ status: number; body: string }>;

test(
  "no secret reaches a log, Redis, the database outside its sealed columns, a page or a mail, whatever fails",
  { timeout: 400_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "relink-secrets-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o711); // Postgres may run as another user

    const markers = createMarkers();
    const marker = (name: string): string => markers.add(name, `marker-${name}-${randomBytes(8).toString("hex")}`);
    const keyRing = (name: string): string => {
      const key = randomBytes(32);
      markers.add(`${name} (hex)`, key.toString("hex"));
      return `k1:${markers.add(name, key.toString("base64"))}`;
    };
    const user = {
      email: markers.add("e-mail address", `marker.${randomBytes(6).toString("hex")}@example.com`, "personal"),
      name: markers.add("user's name", `Marker ${randomBytes(6).toString("hex")}`, "personal"),
    };
    const secrets = {
      plaid: marker("plaid-secret"),
      smtp: marker("smtp-password"),
      redis: marker("redis-password"),
      apiKey: marker("api-key-of-the-operator"),
      encryption: keyRing("ENCRYPTION_KEYS"),
      linkTokens: keyRing("LINK_TOKEN_KEYS"),
      databases: Object.fromEntries(ROLES.map((role) => [role, marker(`password-of-${role}`)])),
    };

    const haystacks: Haystack[] = [];
    const call: Call = async (name, url, { allowed, ...init } = {}) => {
      const response = await fetch(url, { redirect: "manual", ...init });
      const body = await response.text();
      const headers = JSON.stringify([...response.headers]);
      haystacks.push({ name, text: `${headers}\n${body}`, ...(allowed !== undefined && { allowed }) });
      return { status: response.status, body };
    };

    // The stores, with passwords worth protecting.
    const stores = await startStores(folder, secrets);
    onTestFinished(() => stores.stop());

    // Everything else.
    const port = await freePortRange();
    const sandbox = await spawnApp(
      "sandbox",
      { PLAID_CLIENT_ID: "client", PLAID_SECRET: secrets.plaid, SANDBOX_TIME_SCALE: "1000" },
      { port, readyTimeoutMs: 60_000 },
    );
    onTestFinished(async () => void (await sandbox.stop()));
    const proxy = await startRecordingProxy(sandbox.url, markers);
    onTestFinished(() => proxy.close());
    const mailServer = await startHostileMailServer("relink", secrets.smtp);
    onTestFinished(() => mailServer.close());

    const lines: string[] = [];
    const environment = {
      REDIS_URL: stores.redisUrl,
      PLAID_CLIENT_ID: "client",
      PLAID_SECRET: secrets.plaid,
      PLAID_ENV: "sandbox",
      PLAID_BASE_URL: proxy.url,
      PLAID_LINK_SCRIPT_URL: `${sandbox.url}/link/v2/stable/link-initialize.js`,
      PLAID_WEBHOOK_URL: `http://localhost:${port + PORT_OFFSET.ingress}/webhooks/plaid`,
      LINK_PUBLIC_URL: `http://localhost:${port + PORT_OFFSET.link}`,
      ENCRYPTION_KEYS: secrets.encryption,
      LINK_TOKEN_KEYS: secrets.linkTokens,
      RELINK_ADMIN_API_KEY: secrets.apiKey,
      SMTP_URL: mailServer.url,
      EMAIL_FROM: "Relink <relink@example.com>",
      REAUTH_HOLD_SECONDS: "0",
      LOG_LEVEL: "debug",
    };
    const start = (name: Exclude<AppName, "sandbox">): Promise<RunningApp> =>
      spawnApp(
        name,
        { ...environment, DATABASE_URL: stores.databaseUrl(`relink_${name}`) },
        { port, readyTimeoutMs: 60_000, onLine: (line) => lines.push(`${name}: ${line}`) },
      );
    const apps = await Promise.all((["ingress", "worker", "link", "api"] as const).map(start));
    onTestFinished(async () => void (await Promise.all(apps.map((app) => app.stop()))));
    const [ingress, , link, api] = apps as [RunningApp, RunningApp, RunningApp, RunningApp];

    const asOperator = { authorization: `Bearer ${secrets.apiKey}`, "content-type": "application/json" };
    const personal = ["personal"] as const;
    const callApi = (path: string, body?: unknown, allowed: Haystack["allowed"] = personal) =>
      call(`API ${path.replaceAll(/itm_\w+/g, "itm_…")}`, `${api.url}${path}`, {
        headers: asOperator,
        allowed,
        ...(body !== undefined && { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
    const control = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
      const response = await fetch(`${sandbox.url}/control${path}`, {
        method: path === "/faults" ? "PUT" : "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect([200, 202]).toContain(response.status);
      return (await response.json()) as Record<string, unknown>;
    };
    const askPlaid = async (path: string, body: object): Promise<Record<string, string>> => {
      const response = await fetch(`${proxy.url}${path}`, {
        method: "POST",
        headers: { "plaid-client-id": "client", "plaid-secret": secrets.plaid },
        body: JSON.stringify(body),
      });
      return (await response.json()) as Record<string, string>;
    };
    const publicToken = async (): Promise<string> =>
      (
        await askPlaid("/sandbox/public_token/create", {
          institution_id: "ins_109508",
          initial_products: ["transactions"],
        })
      )["public_token"] ?? "";

    // Two Items, one by each kind of token; then what the API refuses, with secrets in all the wrong places.
    const users = { external_id: `user-${randomUUID()}`, locale: "en", ...user };
    const registered = await callApi("/v1/items", { public_token: await publicToken(), user: users });
    expect(registered.status).toBe(201);
    const item = JSON.parse(registered.body) as { id: string; plaid_item_id: string };
    const { access_token: accessToken = "" } = await askPlaid("/item/public_token/exchange", {
      public_token: await publicToken(),
    });
    expect((await callApi("/v1/items", { access_token: accessToken, user: users })).status).toBe(201);
    const unknown = marker("unknown-token");
    for (const body of [
      { public_token: `public-sandbox-${unknown}`, user: users },
      { access_token: `access-sandbox-${unknown}`, user: users },
      { access_token: accessToken, user: { ...users, password: unknown } },
      { access_token: [accessToken], user: { email: unknown } },
      `{"access_token": "${accessToken}", broken`,
    ]) {
      expect((await callApi("/v1/items", body)).status).toBeGreaterThanOrEqual(400);
    }
    const wrongKey = marker("wrong-api-key-of-somebody");
    await call("API, wrong key", `${api.url}/v1/items`, { headers: { authorization: `Bearer ${wrongKey}` } });
    await call("API, key in the address", `${api.url}/v1/items?api_key=${secrets.apiKey}`);

    // Webhooks: forged ones, and a genuine one with live tokens in it.
    await call("ingress, forged", `${ingress.url}/webhooks/plaid`, {
      method: "POST",
      headers: { "plaid-verification": `${marker("forged-token")}.${unknown}.x`, "content-type": "application/json" },
      body: JSON.stringify({ webhook_type: "ITEM", access_token: accessToken }),
    });
    const linkWebhook = JSON.stringify({
      webhook_type: "LINK",
      webhook_code: "SESSION_FINISHED",
      status: "SUCCESS",
      environment: "sandbox",
      link_session_id: randomUUID(),
      link_token: markers.add("link token of a webhook", `link-sandbox-${randomUUID()}`, "link_token"),
      public_tokens: [markers.add("public token of a webhook", `public-sandbox-${randomUUID()}`, "link_token")],
    });
    const { jwt } = await control("/webhooks/sign", { body: linkWebhook });
    const accepted = await call("ingress, genuine", `${ingress.url}/webhooks/plaid`, {
      method: "POST",
      headers: { "plaid-verification": markers.add("webhook signature", String(jwt)) },
      body: linkWebhook,
    });
    expect(accepted.status).toBe(200);

    // A break while the mail server refuses, and Plaid fails in two ways.
    mailServer.refuse(true);
    await control(`/items/${item.plaid_item_id}/error`, { error_code: "ITEM_LOGIN_REQUIRED" });
    await waitFor(() => mailServer.refused > 0, { timeoutMs: 60_000 });
    for (const mode of ["echo", "refuse"] as const) {
      proxy.turn(mode);
      expect((await callApi(`/v1/items/${item.id}/check`, {})).status).toBeGreaterThanOrEqual(500);
    }
    proxy.turn("pass");
    mailServer.refuse(false);
    const mail = await waitFor(() => mailServer.mails[0], { timeoutMs: 90_000, everyMs: 250 });

    // The link of the mail, and one from the API.
    const deepLink = deepLinkIn(await plainText(mail.raw), markers);
    const fromApi = await callApi(`/v1/items/${item.id}/relink-links`, {}, ["personal", "deep_link"]);
    const { url: secondLink } = JSON.parse(fromApi.body) as { url: string };
    deepLinkIn(secondLink, markers);

    // The pages, also while Plaid fails; and calls that bring what they should not.
    const page = (name: string, url: string, init?: RequestInit) =>
      call(`page ${name}`, url, { ...init, allowed: ["deep_link"] });
    const fromPage = { "content-type": "application/json", origin: environment.LINK_PUBLIC_URL };
    await page("of a link", deepLink);
    await page("of a broken link", `${deepLink.slice(0, -4)}AAAA`);
    // The browser that brought it gets it back in a cookie of its own.
    const oauthState = markers.add("OAuth state", `marker-${randomUUID()}`, "deep_link");
    await page("after the bank", `${link.url}/oauth-return?oauth_state_id=${oauthState}`);
    for (const mode of ["echo", "refuse"] as const) {
      proxy.turn(mode);
      await page(`of a link, Plaid fails (${mode})`, secondLink);
      const pressed = await page(`press, Plaid fails (${mode})`, `${deepLink}/link-token`, {
        method: "POST",
        headers: fromPage,
        body: "{}",
      });
      expect(pressed.status).toBeGreaterThanOrEqual(500);
    }
    proxy.turn("pass");
    const typed = marker("typed-password");
    const refusedCallback = await page("callback with more than it may bring", `${deepLink}/events`, {
      method: "POST",
      headers: fromPage,
      body: JSON.stringify({ callback: "success", public_token: accessToken, account: typed, session: "lks_x" }),
    });
    expect(refusedCallback.status).toBeGreaterThanOrEqual(400);
    expect(refusedCallback.status).toBeLessThan(500);

    // The stores go away while there is work, and come back.
    await stores.restart(async () => {
      await callApi(`/v1/items/${item.id}`);
      await page("of a link, database away", deepLink);
      await page("press, database away", `${deepLink}/link-token`, { method: "POST", headers: fromPage, body: "{}" });
      await call("ingress, database away", `${ingress.url}/webhooks/plaid`, {
        method: "POST",
        headers: { "plaid-verification": String(jwt) },
        body: linkWebhook,
      });
      for (const app of apps) await call(`${app.name} /readyz`, readyUrl(app, port));
    });
    await waitFor(async () => expect((await fetch(readyUrl(link, port))).status).toBe(200), { timeoutMs: 60_000 });

    // A person: a wrong password, then the right one, in Link.
    await repairInBrowser(deepLink, typed, { markers, haystacks });
    await waitFor(async () => expect((await callApi(`/v1/items/${item.id}`)).body).toContain('"healthy"'), {
      timeoutMs: 60_000,
      everyMs: 250,
    });
    await page("of a link, already fixed", deepLink);

    for (const path of ["/v1/items", "/v1/users", `/v1/items/${item.id}/timeline`, "/v1/openapi.json", "/v1/nothing"]) {
      await callApi(path);
    }
    for (const app of apps) await call(`${app.name} /metrics`, readyUrl(app, port).replace("/readyz", "/metrics"));

    // Settings that are wrong are named and not repeated.
    for (const name of ["ingress", "worker", "link", "api"] as const) {
      lines.push(`${name}: ${await failToStart(name, environment, marker)}`);
    }

    await Promise.all(apps.map((app) => app.stop()));
    haystacks.push(
      { name: "logs", text: lines.join("\n") },
      { name: "log of Postgres", text: await readFile(join(folder, "postgres.log"), "utf8") },
      { name: "log of Redis", text: await readFile(join(folder, "redis.log"), "utf8") },
      ...(await dumpPostgres(stores.postgresUrl)),
      ...(await dumpRedis(stores.redisUrl, join(folder, "redis"))),
      ...(await Promise.all(
        mailServer.mails.map(async ({ raw }) => ({
          name: "mail",
          text: `${raw}\n${await plainText(raw)}`,
          allowed: ["deep_link", "personal"] as const,
        })),
      )),
    );

    // What was looked through is not empty, and the search finds what is there.
    expect(new Set(mailServer.mails.map(({ to }) => to))).toEqual(new Set([user.email]));
    expect(lines.length).toBeGreaterThan(50);
    expect(markers.names.filter((name) => name.startsWith("access-sandbox-")).length).toBeGreaterThanOrEqual(2);
    expect(await plantedAndFound({ markers, stores, folder })).toEqual(["Redis keys", "log", "table items"]);

    const size = Math.round(haystacks.reduce((sum, { text }) => sum + text.length, 0) / 1_024);
    const findings = markers.find(haystacks);
    console.log(
      `markers=${markers.names.length} places=${haystacks.length} kilobytes=${size} found=${findings.length}`,
    );
    expect(findings).toEqual([]);
  },
);

interface Stores {
  /** Of a superuser. */
  readonly postgresUrl: string;
  readonly redisUrl: string;
  databaseUrl(role: `relink_${string}`): string;
  /** Kills both, does something without them, and starts them again. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

async function startStores(
  folder: string,
  passwords: { redis: string; databases: Readonly<Record<string, string>> },
): Promise<Stores> {
  const open = (ports?: { postgres: number; redis: number }) =>
    Promise.all([
      startPostgres({ dataDir: join(folder, "postgres"), ...(ports && { port: ports.postgres }) }),
      startRedis({ dir: join(folder, "redis"), ...(ports && { port: ports.redis }) }),
    ]);
  let [postgres, redis]: [PostgresServer, RedisServer] = await open();
  const protectRedis = async (): Promise<void> => {
    const client = new Redis(redis.url);
    await client.config("SET", "requirepass", passwords.redis);
    client.disconnect();
  };
  await protectRedis();
  await migrate(postgres.urlFor("relink_migrate"));
  await asSuperuser(postgres.url, async (client) => {
    for (const [role, password] of Object.entries(passwords.databases)) {
      // The statement itself has no place for parameters.
      await client.query(`alter role ${client.escapeIdentifier(role)} password ${client.escapeLiteral(password)}`);
    }
  });

  return {
    get postgresUrl() {
      return postgres.url;
    },
    get redisUrl() {
      return redis.url.replace("redis://", `redis://:${passwords.redis}@`);
    },
    databaseUrl(role) {
      const url = new URL(postgres.url);
      url.username = role;
      url.password = passwords.databases[role] ?? "";
      return url.href;
    },
    async restart(meanwhile) {
      const ports = { postgres: postgres.port, redis: redis.port };
      await Promise.all([postgres.kill(), redis.kill()]);
      await meanwhile();
      [postgres, redis] = await open(ports);
      await protectRedis();
    },
    async stop() {
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}

async function asSuperuser(url: string, act: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}

async function plainText(raw: string): Promise<string> {
  const { text = "", html = "" } = await PostalMime.parse(raw);
  return `${text}\n${html}`;
}

/** The link in a text. Its token becomes a marker. */
function deepLinkIn(text: string, markers: Markers): string {
  const [link = "", token = ""] = /https?:\/\/[^\s"<>]+\/r\/([\w.-]+)/.exec(text) ?? [];
  markers.add("deep link", token, "deep_link");
  return link;
}

function readyUrl(app: RunningApp, port: number): string {
  const inside = {
    ingress: PORT_OFFSET.ingressInside,
    worker: PORT_OFFSET.workerInside,
    link: PORT_OFFSET.linkInside,
    api: PORT_OFFSET.api,
    sandbox: PORT_OFFSET.sandbox,
  };
  return `http://localhost:${port + inside[app.name]}/readyz`;
}

async function repairInBrowser(
  deepLink: string,
  wrongPassword: string,
  { markers, haystacks }: { markers: Markers; haystacks: Haystack[] },
): Promise<void> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(60_000);
    const told: string[] = [];
    page.on("console", (message) => told.push(message.text()));
    page.on("request", (request) => collectTokens(`${request.url()} ${request.postData() ?? ""}`, markers));
    await page.goto(deepLink);
    await page.locator("[data-panel]:not([hidden]) [data-action]").click();
    const frame = page.frameLocator("iframe[title=Link]");
    for (const password of [wrongPassword, "pass_good"]) {
      await frame.getByLabel("Username").fill("user_good");
      await frame.getByLabel("Password").fill(password);
      await frame.getByRole("button", { name: "Submit" }).click();
      if (password === wrongPassword) await frame.getByRole("button", { name: "Try again" }).click();
    }
    await frame.getByRole("button", { name: "Continue" }).click();
    await waitFor(async () => (await page.locator("[data-panel]:not([hidden]) h1").textContent())?.includes("again"), {
      timeoutMs: 60_000,
    });
    // Link's frame is Plaid's: its address holds the link token.
    haystacks.push({ name: "page in the browser", text: await page.content(), allowed: ["deep_link", "link_token"] });
    haystacks.push({ name: "console of the browser", text: told.join("\n") });
  } finally {
    await browser.close();
  }
}

/** Starts an app with a secret in every setting, where none is right. @returns what it had to say. */
async function failToStart(
  name: Exclude<AppName, "sandbox">,
  environment: Readonly<Record<string, string>>,
  marker: (name: string) => string,
): Promise<string> {
  const bad = Object.fromEntries(
    [...Object.keys(environment), "DATABASE_URL"]
      // Any text is a good client id, a good secret, a good key for the operator.
      .filter((key) => !["PLAID_CLIENT_ID", "PLAID_SECRET", "RELINK_ADMIN_API_KEY"].includes(key))
      .map((key) => [key, marker(`bad-${key}`)]),
  );
  const said: string[] = [];
  const started = spawnApp(
    name,
    { ...environment, ...bad },
    { port: await freePortRange(), onLine: (l) => said.push(l) },
  );
  await expect(started).rejects.toMatchObject({ code: "ERR_APP_START" });
  return said.join("\n");
}

/** Puts a secret into one place of each kind. @returns where the search finds it. */
async function plantedAndFound({
  markers,
  stores,
  folder,
}: {
  markers: Markers;
  stores: Stores;
  folder: string;
}): Promise<string[]> {
  const planted = createMarkers();
  const value = planted.add("planted", `marker-planted-${randomBytes(8).toString("hex")}`);
  await asSuperuser(stores.postgresUrl, async (client) => {
    await client.query("update items set access_token = convert_to($1, 'utf8')", [`sealed ${value}`]);
  });
  const redis = new Redis(stores.redisUrl);
  await redis.hset("planted", { field: `token=${value}` });
  await redis.del("planted-and-gone");
  const found = planted.find([
    { name: "log", text: `{"level":"info","token":"${Buffer.from(value).toString("base64")}"}` },
    ...(await dumpPostgres(stores.postgresUrl)),
    ...(await dumpRedis(stores.redisUrl, join(folder, "redis"))).filter(({ name }) => name === "Redis keys"),
    { name: "elsewhere", text: markers.names.join() },
  ]);
  await redis.del("planted");
  redis.disconnect();
  return found.map(({ where }) => where).sort();
}
