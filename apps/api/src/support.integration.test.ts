import { randomUUID } from "node:crypto";
import { readId } from "@relink/service";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import type { Page } from "./cursor.ts";
import type { supportBundleSchema } from "./items/support-bundle.ts";
import type { TimelineEntry } from "./items/timeline.ts";
import { type Item, setUpApi } from "./testing/api-for-test.ts";
import { makeEventfulItem } from "./testing/eventful-item.ts";

type Bundle = z.output<typeof supportBundleSchema>;
interface Hit {
  identifier: string;
  found: string;
  details: Record<string, unknown>;
  item: { id: string; status: string } | null;
}
interface Suppression {
  address: string;
  reason: string;
}

const world = setUpApi();
const { plaid, query, newUser } = world;
const uuidOf = (item: Item) => readId("itm", item.id);
const read = async (item: Item) => (await world.api.call<Item>("get", `/v1/items/${item.id}`)).body;

describe("an Item says", () => {
  test("whose turn it is, what is the matter and what to do", async () => {
    const item = await world.register({ errorCode: "ITEM_LOCKED" });
    expect(item.status).toMatchObject({ kind: "bank_action_required", who_acts: "user", expires_at: null });
    expect(item.status.explanation).toContain("locked the user's login");
    expect(item.status.next_step).toContain("at the bank");
    expect(item.mails).toEqual({ template: "bank_action_required", muted_at: null, obstacle: null });
    expect(item.episode).toMatchObject({ cause: "broken" });
  });

  test("when it ends, and when the user's consent does", async () => {
    const item = await world.register();
    await query(
      `update items set status = 'expiring', pending_kind = 'disconnect', pending_reason = 'INSTITUTION_MIGRATION',
         pending_at = '2027-01-02T03:04:05Z', pending_since = now(), consent_expires_at = '2027-02-03T04:05:06Z'
       where id = $1`,
      [uuidOf(item)],
    );
    const { status, consent_expires_at: consentExpiresAt, mails } = await read(item);
    expect(status).toMatchObject({
      kind: "expiring",
      who_acts: "user",
      expires_at: "2027-01-02T03:04:05.000Z",
      expiry_reason: "INSTITUTION_MIGRATION",
      error: null,
    });
    expect(consentExpiresAt).toBe("2027-02-03T04:05:06.000Z");
    expect(mails.template).toBe("expiring");
  });

  test("which Item has put it out", async () => {
    const item = await world.register({ errorCode: "ITEM_LOGIN_REQUIRED" });
    const rival = await world.register();
    await query("update items set status = 'needs_developer', displaced_by = $2 where id = $1", [
      uuidOf(item),
      uuidOf(rival),
    ]);
    const shown = await read(item);
    expect(shown).toMatchObject({ displaced_by: rival.id, status: { who_acts: "operator" } });
    expect(shown.status.explanation).toContain("A newer Item of the same user");
  });

  test("which of its accounts the user withdrew, alone and in a list", async () => {
    const user = newUser();
    const item = await world.register({ user });
    await query(
      `insert into accounts (id, item_id, plaid_account_id, name, mask, revoked_at)
       values ($2, $1, 'account-1', 'Saving', '1111', null), ($3, $1, 'account-2', null, null, '2026-11-22T01:02:03Z')`,
      [uuidOf(item), "0193534c-2f0e-7a3c-b7d1-6a4f1f0f5d11", "0193534c-2f0e-7a3c-b7d1-6a4f1f0f5d12"],
    );
    const accounts = [
      { account_id: "account-1", name: "Saving", mask: "1111", revoked_at: null },
      { account_id: "account-2", name: null, mask: null, revoked_at: "2026-11-22T01:02:03.000Z" },
    ];
    expect((await read(item)).accounts).toEqual(accounts);
    const other = await world.register({ user });
    const list = await world.api.call<Page<Item>>("get", "/v1/items", {
      query: { user_external_id: user.external_id },
    });
    expect(list.body.data.map((one) => [one.id, one.accounts])).toEqual([
      [other.id, []],
      [item.id, accounts],
    ]);
  });

  test("that its owner cannot be written to, and why", async () => {
    const nobody = await world.register({ user: { ...newUser(), email: null } });
    expect(nobody.mails.obstacle).toBe("no_address");
    const user = { ...newUser(), email: "Mixed.Case@example.com" };
    const item = await world.register({ user });
    expect(item.mails.obstacle).toBeNull();
    await world.api.call("post", "/v1/suppressions", { body: { address: user.email, reason: "complained" } });
    expect((await read(item)).mails.obstacle).toBe("complained");
  });
});

describe("a mute", () => {
  test("holds until it is lifted; repeated, it changes nothing; the timeline has both", async () => {
    const item = await world.register();
    const path = `/v1/items/${item.id}/mute`;
    const muted = await world.api.call<Item>("post", path);
    expect(muted.body.mails).toMatchObject({ muted_at: expect.any(String), obstacle: "muted" });
    const again = await world.api.call<Item>("post", path);
    expect(again.body).toEqual(muted.body);
    const lifted = await world.api.call<Item>("delete", path);
    expect(lifted.body.mails).toMatchObject({ muted_at: null, obstacle: null });
    await world.api.call<Item>("delete", path);
    const timeline = await world.api.call<Page<TimelineEntry>>("get", `/v1/items/${item.id}/timeline`);
    const kinds = timeline.body.data.map(({ kind }) => kind).filter((kind) => kind.endsWith("muted"));
    expect(kinds).toEqual(["unmuted", "muted"]);
  });
});

describe("the list of suppressed addresses", () => {
  test("takes an address in any case, keeps the first reason, and lets it go", async () => {
    const put = (body: object) => world.api.call<Suppression>("post", "/v1/suppressions", { body });
    const take = { body: { address: "ADA@example.com" } };
    await world.api.problem("delete", "/v1/suppressions", "not-found", take);
    expect((await put({ address: "Ada@Example.com" })).body).toMatchObject({
      address: "ada@example.com",
      reason: "manual",
    });
    expect((await put({ address: "ada@example.com", reason: "complained" })).body.reason).toBe("manual");
    expect((await world.api.call<Suppression>("delete", "/v1/suppressions", take)).body.reason).toBe("manual");
    await world.api.problem("delete", "/v1/suppressions", "not-found", take);
  });

  test("pages hold every address once, also where several came at one moment", async () => {
    await query("delete from suppressions");
    await query(
      `insert into suppressions (address, reason, created_at)
       select 'user-' || n || '@example.com', 'bounced', date_trunc('minute', now()) - (n / 3) * interval '1 day'
       from generate_series(1, 10) n`,
    );
    const addresses: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Suppression> = (
        await world.api.call<Page<Suppression>>("get", "/v1/suppressions", {
          query: { limit: "3", ...(cursor !== null && { cursor }) },
        })
      ).body;
      addresses.push(...page.data.map(({ address }) => address));
      cursor = page.next_cursor;
    } while (cursor !== null);
    const [whole] = await query(
      "select array_agg(address order by created_at desc, address desc) as all from suppressions",
    );
    expect(addresses).toEqual(whole?.["all"]);
  });

  test.each([
    [{ address: "not an address" }, "#/address"],
    [{ address: "ada@example.com", reason: "bounced" }, "#/reason"],
    [{}, "#/address"],
  ])("%j names %s", async (body, pointer) => {
    const { errors } = await world.api.problem("post", "/v1/suppressions", "validation-failed", { body });
    expect(new Set(errors?.map((error) => error.pointer))).toEqual(new Set([pointer]));
  });

  test("no address of a person is in the log, or in an address that is called", async () => {
    const body = { address: "marker-mail@example.com" };
    await world.api.call("post", "/v1/suppressions", { body });
    await world.api.call("delete", "/v1/suppressions", { body });
    const { headers } = await world.api.call("get", "/v1/suppressions");
    await world.api.lineOf(headers.get("x-request-id"));
    expect(world.api.log).not.toContain("marker-mail");
    await world.api.problem("get", "/v1/suppressions", "validation-failed", { query: body });
  });
});

describe("a search", () => {
  const search = async (q: string, more: Record<string, string> = {}): Promise<Page<Hit>> =>
    (await world.api.call<Page<Hit>>("get", "/v1/search", { query: { q, ...more } })).body;
  const found = (page: Page<Hit>) => page.data.map((hit) => [hit.identifier, hit.found, hit.item?.id ?? null]);

  test("tells what each identifier is, and the Item that it belongs to", async () => {
    const { item, linkSessionId, linkRequestId, accountId } = await makeEventfulItem(world);
    const [call] = await query("select request_id from plaid_api_events where item_id = $1 limit 1", [uuidOf(item)]);
    expect(found(await search(String(call?.["request_id"])))).toEqual([["request_id", "api_call", item.id]]);
    expect(found(await search(linkRequestId))).toEqual([["request_id", "link_session", item.id]]);
    expect(found(await search(linkSessionId))).toEqual([["link_session_id", "link_session", item.id]]);
    expect(found(await search(accountId))).toEqual([["account_id", "account", item.id]]);
    const byItem = await search(item.plaid_item_id);
    expect(found(byItem)).toEqual([["item_id", "item", item.id]]);
    expect(byItem.data[0]?.item).toMatchObject({ status: "healthy", institution: { id: "ins_109508" } });
    expect(JSON.stringify([byItem, await search(linkSessionId)])).not.toContain("MARKER");
  });

  test("finds the session of a browser's word that nobody has joined to it", async () => {
    const { item, linkSessionId } = await makeEventfulItem(world);
    await query("update link_sessions set link_session_id = null where item_id = $1", [uuidOf(item)]);
    expect(found(await search(linkSessionId))).toEqual([["link_session_id", "link_session", item.id]]);
  });

  test("wants the whole identifier, in its own case", async () => {
    const item = await world.register();
    const id = item.plaid_item_id;
    const swapped = id.replaceAll(/[a-z]/gi, (letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    );
    for (const q of [id.slice(0, -1), id.slice(1), `${id}x`, swapped, "%", "_"]) {
      expect(await search(q)).toEqual({ data: [], has_more: false, next_cursor: null });
    }
  });

  test("pages through all Items of a bank, newest first", async () => {
    const made: Item[] = [];
    for (let index = 0; index < 5; index += 1) made.push(await world.register({ institutionId: "ins_109510" }));
    await query("update items set created_at = date_trunc('day', now()) where institution_id = 'ins_109510'");
    const ids: (string | undefined)[] = [];
    let cursor: string | null = null;
    do {
      const page = await search("ins_109510", { limit: "2", ...(cursor !== null && { cursor }) });
      expect(new Set(page.data.map(({ identifier }) => identifier))).toEqual(new Set(["institution_id"]));
      ids.push(...page.data.map((hit) => hit.item?.id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(ids).toEqual(made.map((item) => item.id).toReversed());
  });

  test("knows of an Item that Plaid speaks of and nobody has registered", async () => {
    const id = randomUUID();
    await query(
      `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, parked_at,
         parked_reason, plaid_item_id, webhook_type, webhook_code)
       values ($1, $2, 'sandbox', '{}', '', now(), 'k', now(), 'unknown_item', 'a-stranger', 'ITEM', 'ERROR')`,
      [id, Buffer.from(id)],
    );
    const { data } = await search("a-stranger");
    expect(data).toEqual([
      {
        identifier: "item_id",
        found: "parked_webhook",
        at: expect.any(String),
        details: { webhook_type: "ITEM", webhook_code: "ERROR" },
        item: null,
      },
    ]);
  });

  test.each(["access-sandbox-3c2a8f0e-3c3b-4c0d-9d2c-5f1c9b7c8e55", "a b", "", "x".repeat(129), "é"])(
    "does not take %j",
    async (q) => {
      const { errors } = await world.api.problem("get", "/v1/search", "validation-failed", { query: { q } });
      expect(errors?.map((error) => error.parameter)).toEqual(["q"]);
    },
  );
});

describe("a support bundle", () => {
  const json = { headers: { accept: "application/json" } };
  const bundle = async (item: Item, more: Record<string, string> = {}) =>
    (await world.api.call<Bundle>("get", `/v1/items/${item.id}/support-bundle`, { ...json, query: more })).body;
  const text = async (item: Item) => {
    const answer = await world.api.call<string>("get", `/v1/items/${item.id}/support-bundle`);
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
    return answer.body;
  };

  test("holds everything that Plaid asks for, as text and as JSON, and nothing secret", async () => {
    const { item, linkSessionId, linkRequestId, accountId } = await makeEventfulItem(world);
    const calls = await query("select request_id from plaid_api_events where item_id = $1", [uuidOf(item)]);
    const requestIds = calls.map((call) => String(call["request_id"]));
    const told = await text(item);
    const data = await bundle(item);
    for (const part of [
      item.plaid_item_id,
      "ins_109508",
      "sandbox",
      "ITEM_LOGIN_REQUIRED",
      "INVALID_CREDENTIALS",
      "repaired",
      "ITEM ERROR ITEM_LOGIN_REQUIRED",
      linkSessionId,
      linkRequestId,
      accountId,
      ...requestIds,
    ]) {
      expect(told).toContain(part);
    }
    expect(data).toMatchObject({
      item: { id: item.id, plaid_item_id: item.plaid_item_id, status: "healthy" },
      episode: { id: item.episode?.id, error_code: "ITEM_LOGIN_REQUIRED", close_reason: "repaired" },
      counts: { webhooks: 1, api_calls: requestIds.length, failed_api_calls: 0, link_sessions: 1, mails_sent: 0 },
      last_webhook: { webhook_type: "ITEM", webhook_code: "ERROR" },
      link_session_ids: [linkSessionId],
      accounts: [{ account_id: accountId }],
      is_cut: false,
    });
    expect(new Set(data.requests.map((request) => request.request_id))).toEqual(
      new Set([...requestIds, linkRequestId]),
    );
    const times = data.timeline.map((entry) => entry.at);
    expect(times).toEqual(times.toSorted());
    for (const whole of [told, JSON.stringify(data)]) {
      expect(whole).not.toMatch(/MARKER|(?:access|public|link)-sandbox-/i);
    }
    expect(told).not.toContain("@");
  });

  test("is about the episode that is named, else the newest", async () => {
    const item = await world.register({ errorCode: "ITEM_LOGIN_REQUIRED" });
    const [first] = await query("select id from episodes where item_id = $1", [uuidOf(item)]);
    await query(
      `update episodes set opened_at = now() - interval '9 days', closed_at = now() - interval '8 days',
         close_reason = 'repaired' where id = $1`,
      [first?.["id"]],
    );
    await plaid.repairItem(item.plaid_item_id);
    await world.api.call("post", `/v1/items/${item.id}/check`);
    await plaid.breakItem(item.plaid_item_id, "ITEM_LOCKED");
    await world.api.call("post", `/v1/items/${item.id}/check`);
    expect(await bundle(item)).toMatchObject({ episode: { error_code: "ITEM_LOCKED", closed_at: null } });
    const old = await bundle(item, { episode_id: item.episode?.id ?? "" });
    expect(old).toMatchObject({ episode: { id: item.episode?.id }, counts: { api_calls: 0 } });
    expect(old.timeline.map(({ kind }) => kind)).toEqual(["episode_opened", "episode_closed"]);
  });

  test("is there for an Item that never broke", async () => {
    const item = await world.register();
    expect(await bundle(item)).toMatchObject({ episode: null, item: { status: "healthy" } });
    expect(await text(item)).toContain("No break of this Item is known");
  });

  test("of another Item's episode there is none", async () => {
    const item = await world.register();
    const other = await world.register({ errorCode: "ITEM_LOGIN_REQUIRED" });
    await world.api.problem("get", `/v1/items/${item.id}/support-bundle`, "not-found", {
      query: { episode_id: other.episode?.id ?? "" },
    });
  });

  test("names from outside cannot add lines of their own", async () => {
    const item = await world.register();
    await query("update items set institution_name = $2 where id = $1", [
      uuidOf(item),
      "Bank\nrequest_id\n  forged\u2028forged",
    ]);
    const lines = (await text(item)).split(/[\n\u2028]/);
    expect(lines.filter((line) => line === "request_id")).toHaveLength(1);
    expect(lines.filter((line) => line.trim() === "forged")).toEqual([]);
  });
});
