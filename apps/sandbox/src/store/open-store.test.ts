import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { createItems } from "./items.ts";
import { createLinkStore } from "./link.ts";
import { inTransaction, openStore } from "./open-store.ts";

test("a file of an older version is opened, and its Items are as they were", () => {
  const folder = mkdtempSync("/tmp/relink-sandbox-");
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = `${folder}/sandbox.sqlite`;
  const old = new DatabaseSync(file);
  old.exec(`
    create table items (
      item_id text primary key, access_token text not null unique, institution_id text not null,
      products text not null, webhook text, error text, consent_expiration_time text, disconnect_time text,
      logged_in_at integer not null, breaks_at integer not null, created_at integer not null,
      last_failed_at integer, last_webhook_code text, last_webhook_at integer, removed_at integer
    ) strict;
    create table link_tokens (
      link_token text primary key, item_id text, request text not null,
      created_at integer not null, expires_at integer not null, used_at integer
    ) strict;
    insert into items values ('it', 'at', 'ins_109508', '[]', null, null, null, null, 1, 2, 1, null, null, null, null);
    insert into link_tokens values ('lt', 'it', '{}', 1, 2, null);
  `);
  old.close();

  const store = openStore(file);
  onTestFinished(() => store.close());
  expect(createItems(store).find("it")).toMatchObject({ accessToken: "at", accounts: null, lastGoodAt: null });
  expect(createLinkStore(store).findToken("lt")).toMatchObject({ itemId: "it", hostedId: null });
});

test("a transaction that fails leaves nothing", () => {
  const store = openStore(":memory:");
  onTestFinished(() => store.close());
  const items = createItems(store);
  const item = { institutionId: "ins_109508", products: [], webhook: null, consentExpirationTime: null };
  const half = () =>
    inTransaction(store, () => {
      items.create(item, 1);
      throw new Error("no");
    });
  expect(half).toThrow("no");
  expect(items.list(10, 0).total).toBe(0);
});
