import { randomBytes, randomUUID } from "node:crypto";
import { DEFAULT_POLICY, type EpisodeCause } from "@relink/core";
import { connect, type Database } from "@relink/db";
import { askAboutItem, type AskDeps, issueDeepLink, registerItem } from "@relink/items";
import { createPlaidClient, createTokenHasher, type PlaidClient } from "@relink/plaid";
import { createLogger, type PlaidAccess, Secret } from "@relink/service";
import { freePort, freePortRange, type RunningApp, spawnApp } from "@relink/testkit";
import type { LinkConfig } from "../config.ts";
import { createLink, type Link } from "../create-link.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Where a link leads, and what is known of it. */
export interface BrokenItem {
  itemId: string;
  episodeId: string;
  plaidItemId: string;
  token: string;
  /** The deep link as it stands in the mail. */
  url: string;
}

interface ItemOptions {
  institutionId?: string;
  locale?: string;
  /** The product's own id of the user. Default: a new user. */
  externalId?: string;
}

/** The Link app on a real database, with the sandbox in the place of Plaid. */
export interface LinkWorld {
  url: string;
  link: Link;
  sandbox: RunningApp;
  /** What the tokens of its links are made with. */
  linkTokenKeys: ReadonlyMap<string, Uint8Array>;
  /** As the owner of the tables. */
  database: Database;
  /** The lines that the Link app has logged. */
  lines: string[];
  /** Registers an Item, breaks it, and makes the link that a mail would hold. */
  breakItem(options?: ItemOptions & { errorCode?: string }): Promise<BrokenItem>;
  /** Registers an Item of a user who then connects the same bank, Chase, once more, which puts the first one out. */
  displaceItem(): Promise<BrokenItem & { newer: { itemId: string; plaidItemId: string } }>;
  /** Registers an Item whose consent ends soon, in three days if nothing else is said. */
  expireItem(options?: ItemOptions & { at?: Date }): Promise<BrokenItem>;
  /** Registers an Item that works, about which the user was written to because of this. */
  mentionItem(cause: EpisodeCause, options?: ItemOptions): Promise<BrokenItem>;
  /** A link for the same episode, made otherwise. */
  issue(
    broken: BrokenItem,
    options: { expiresAt?: Date; audience?: string; keys?: "own" | "foreign" },
  ): Promise<string>;
  /** Repairs an Item behind Relink's back. */
  repairElsewhere(plaidItemId: string): Promise<void>;
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Asks Plaid and stores the answer, as the worker does. */
  ask(itemId: string): Promise<void>;
  rows(table: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/**
 * @param urls - of the test's database: as the owner, and as the Link app's role.
 * @param overrides.plaid - wraps what the app asks Plaid with.
 * @param overrides.now - the Link app's clock.
 * @param overrides.config - settings other than the usual ones.
 */
export async function createLinkWorld(
  urls: { owner: string; link: string },
  overrides: { plaid?: (real: PlaidClient) => PlaidClient; now?: () => Date; config?: Partial<LinkConfig> } = {},
): Promise<LinkWorld> {
  const sandbox = await spawnApp("sandbox", { LOG_LEVEL: "error" }, { port: await freePortRange() });
  const database = connect({
    url: new Secret(urls.owner),
    app: "test",
    max: 4,
    connectTimeoutMs: 20_000,
    onError() {},
  });
  const encryptionKeys = new Map([["k1", randomBytes(32)]]);
  const linkTokenKeys = new Map([["l1", randomBytes(32)]]);
  const access: PlaidAccess = {
    clientId: "client",
    secret: new Secret("secret"),
    env: "sandbox",
    baseUrl: sandbox.url,
  };
  const plaid = createPlaidClient({ ...access, record: async () => {}, onRecordFailed: () => {} });

  const lines: string[] = [];
  const policy = { ...DEFAULT_POLICY, holdMs: 90_000 };
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const link = createLink(
    {
      plaid: access,
      databaseUrl: new Secret(urls.link),
      plaidLinkScriptUrl: `${sandbox.url}/link/v2/stable/link-initialize.js`,
      plaidCountryCodes: ["US"],
      linkMode: "embedded",
      productName: "Acme Money",
      publicUrl: url,
      encryptionKeys,
      linkTokenKeys,
      policy,
      port,
      insidePort: 0,
      logLevel: "info",
      ...overrides.config,
    },
    {
      logger: createLogger({ app: "link", level: "info" }, { write: (line) => void lines.push(line) }),
      ...(overrides.plaid !== undefined && { plaid: overrides.plaid(plaid) }),
      ...(overrides.now !== undefined && { now: overrides.now }),
    },
  );
  await link.start();

  const hashToken = createTokenHasher(access.secret);
  const ask: AskDeps = { db: database.db, plaid, encryptionKeys, policy };

  async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const response = await fetch(new URL(path, sandbox.url), {
      method,
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new TypeError(`${path}: ${response.status} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  async function rows(table: string): Promise<Record<string, unknown>[]> {
    const result = await database.pool.query(`select * from ${table} order by 1`);
    return result.rows as Record<string, unknown>[];
  }

  async function issue(
    broken: Pick<BrokenItem, "itemId" | "episodeId">,
    options: { expiresAt?: Date; audience?: string; keys?: "own" | "foreign" },
  ): Promise<string> {
    return issueDeepLink(broken, {
      keys: options.keys === "foreign" ? new Map([["l1", randomBytes(32)]]) : linkTokenKeys,
      audience: options.audience ?? "sandbox",
      expiresAt: options.expiresAt ?? new Date(Date.now() + 14 * DAY_MS),
    });
  }

  async function addItem({ institutionId = "ins_109508", locale, externalId }: ItemOptions) {
    const { public_token: publicToken } = await call("POST", "/sandbox/public_token/create", {
      client_id: "client",
      secret: "secret",
      institution_id: institutionId,
      initial_products: ["transactions"],
    });
    const { itemId } = await registerItem(
      { ...ask, plaid, hashToken, environment: "sandbox", webhookUrl: "http://localhost:9/webhooks/plaid" },
      {
        token: { kind: "public", token: new Secret(String(publicToken)) },
        user: {
          externalId: externalId ?? `user-${randomBytes(6).toString("hex")}`,
          email: "ada@example.com",
          name: "Ada Lovelace",
          locale: locale ?? null,
          timeZone: null,
        },
      },
    );
    const item = (await rows("items")).find(({ id }) => id === itemId);
    return { itemId, plaidItemId: String(item?.["plaid_item_id"]) };
  }

  async function linkTo(itemId: string, plaidItemId: string): Promise<BrokenItem> {
    const episode = (await rows("episodes")).find(({ item_id: of }) => of === itemId);
    const episodeId = String(episode?.["id"]);
    const token = await issue({ itemId, episodeId }, {});
    return { itemId, episodeId, plaidItemId, token, url: `${url}/r/${token}` };
  }

  async function breakItem({
    errorCode = "ITEM_LOGIN_REQUIRED",
    ...options
  }: ItemOptions & { errorCode?: string } = {}) {
    const { itemId, plaidItemId } = await addItem(options);
    await call("POST", `/control/items/${plaidItemId}/error`, { error_code: errorCode, webhook: false });
    await askAboutItem(ask, itemId);
    return linkTo(itemId, plaidItemId);
  }

  return {
    url,
    link,
    sandbox,
    linkTokenKeys,
    database,
    lines,
    rows,
    issue,
    control: call,
    repairElsewhere: async (plaidItemId) => {
      await call("POST", `/control/items/${plaidItemId}/repair`, { webhook: false });
    },
    ask: async (itemId) => void (await askAboutItem(ask, itemId)),
    breakItem,
    async displaceItem() {
      const externalId = `user-${randomBytes(6).toString("hex")}`;
      const broken = await breakItem({ externalId });
      const newer = await addItem({ externalId });
      const rename = () =>
        database.pool.query("update items set institution_name = 'Chase' where id = $1", [broken.itemId]);
      await rename();
      await askAboutItem(ask, broken.itemId);
      await rename(); // the sandbox has answered with the name of its own bank
      return { ...broken, newer };
    },
    async expireItem({ at = new Date(Date.now() + 3 * DAY_MS), ...options } = {}) {
      const { itemId, plaidItemId } = await addItem(options);
      await call("POST", `/control/items/${plaidItemId}/pending-expiration`, {
        consent_expiration_time: at.toISOString(),
        webhook: false,
      });
      await askAboutItem(ask, itemId);
      return linkTo(itemId, plaidItemId);
    },
    async mentionItem(cause, options = {}) {
      const { itemId, plaidItemId } = await addItem(options);
      await database.pool.query(
        "insert into episodes (id, item_id, cause, opened_at, confirmed_at) values ($1, $2, $3, now(), now())",
        [randomUUID(), itemId, cause],
      );
      return linkTo(itemId, plaidItemId);
    },
    async close() {
      await link.close();
      await database.close();
      await sandbox.stop();
    },
  };
}
