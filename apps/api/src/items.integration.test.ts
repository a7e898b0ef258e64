import { randomUUID } from "node:crypto";
import { readDeepLink } from "@relink/items";
import { readId, showId } from "@relink/service";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import type { Page } from "./cursor.ts";
import type { timelineEntrySchema } from "./items/timeline.ts";
import { type Item, LINK_TOKEN_KEYS, setUpApi, WEBHOOK_URL } from "./testing/api-for-test.ts";
import { makeEventfulItem } from "./testing/eventful-item.ts";
import type { userSchema } from "./users/user.ts";

type TimelineEntry = z.output<typeof timelineEntrySchema>;
type User = z.output<typeof userSchema>;

const world = setUpApi();
const { plaid, query, newUser } = world;

const uuidOf = (item: Item) => readId("itm", item.id);
const newestFirst = (values: readonly string[]) => values.toSorted((a, b) => (a < b ? 1 : -1));
const statusOf = (item: Item) => item.status.kind;

/** Follows the cursors to the end. */
async function allPages<Entry>(path: string, parameters: Record<string, string>): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await world.api.call<Page<Entry>>("get", path, {
      query: { ...parameters, ...(cursor && { cursor }) },
    });
    expect(page.status).toBe(200);
    entries.push(...page.body.data);
    cursor = page.body.next_cursor;
    expect(page.body.has_more).toBe(cursor !== null);
  } while (cursor);
  return entries;
}

describe("registering an Item", () => {
  test("a public token becomes an Item that sends its webhooks here", async () => {
    const user = { ...newUser(), name: "Ada Example", locale: "fr-CA", time_zone: "Europe/Paris" };
    const body = { public_token: await plaid.publicToken(), user };
    const { status, headers, body: item } = await world.api.call<Item>("post", "/v1/items", { body });
    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/v1/items/${item.id}`);
    expect(item).toMatchObject({
      environment: "sandbox",
      user: { id: item.user_id, external_id: user.external_id },
      institution: { id: "ins_109508", name: "First Platypus Bank" },
      status: { kind: "healthy", who_acts: "nobody", confirmed: true, error: null },
      episode: null,
    });
    expect((await world.api.call("get", headers.get("location")!)).body).toEqual(item);
    expect((await world.api.call("get", `/v1/users/${item.user_id}`)).body).toMatchObject(user);
    expect(await plaid.webhookOf(item.plaid_item_id)).toBe(WEBHOOK_URL);
  });

  test("the access token is stored sealed", async () => {
    const accessToken = await plaid.accessToken();
    const body = { access_token: accessToken, user: newUser() };
    const { body: item } = await world.api.call<Item>("post", "/v1/items", { body });
    const [row] = await query("select * from items where id = $1", [uuidOf(item)]);
    expect(Buffer.isBuffer(row?.["access_token"])).toBe(true);
    expect(String(row?.["access_token"])).not.toContain(accessToken);
    expect(JSON.stringify(row)).not.toContain(accessToken);
  });

  test("an Item that is broken already opens its episode, and a mail is owed after the hold", async () => {
    const item = await world.register({ errorCode: "ITEM_LOGIN_REQUIRED" });
    expect(item).toMatchObject({
      status: {
        kind: "login_required",
        who_acts: "user",
        confirmed: true,
        error: { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null },
      },
      episode: { confirmed_at: item.episode?.opened_at },
    });
    expect(
      await query(
        `select emails.state, extract(epoch from due_at - opened_at)::int as hold
         from emails join episodes on episodes.id = episode_id where emails.item_id = $1`,
        [uuidOf(item)],
      ),
    ).toEqual([{ state: "owed", hold: 90 }]);
  });

  test("a second time brings token and user up to date, and makes nothing new", async () => {
    const accessToken = await plaid.accessToken();
    const user = { ...newUser(), name: "Before" };
    const first = await world.api.call<Item>("post", "/v1/items", { body: { access_token: accessToken, user } });
    const [before] = await query("select access_token from items where id = $1", [uuidOf(first.body)]);

    const changed = { ...user, email: "after@example.com", name: null, time_zone: "Asia/Tokyo" };
    const second = await world.api.call<Item>("post", "/v1/items", {
      body: { access_token: accessToken, user: changed },
    });
    expect(second.status).toBe(200);
    expect(second.headers.get("location")).toBe(`/v1/items/${first.body.id}`);
    expect(second.body.user_id).toBe(first.body.user_id);
    expect((await world.api.call("get", `/v1/users/${first.body.user_id}`)).body).toMatchObject(changed);
    const [after] = await query("select access_token from items where id = $1", [uuidOf(first.body)]);
    expect(after?.["access_token"]).not.toEqual(before?.["access_token"]);
  });

  test("an Item can be given to another user", async () => {
    const accessToken = await plaid.accessToken();
    const first = await world.api.call<Item>("post", "/v1/items", {
      body: { access_token: accessToken, user: newUser() },
    });
    const heir = newUser();
    const second = await world.api.call<Item>("post", "/v1/items", { body: { access_token: accessToken, user: heir } });
    expect(second.body).toMatchObject({ id: first.body.id, user: { external_id: heir.external_id } });
  });

  test("concurrent registrations of one Item make one row", async () => {
    const body = { access_token: await plaid.accessToken(), user: newUser() };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => world.api.call<Item>("post", "/v1/items", { body })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(4);
    expect(new Set(answers.map(({ body: item }) => item.id)).size).toBe(1);
    const rows = await query("select 1 from items where plaid_item_id = $1", [answers[0]!.body.plaid_item_id]);
    expect(rows).toHaveLength(1);
  });

  test("webhooks that came before are taken out of the car park, and no others", async () => {
    const accessToken = await plaid.accessToken();
    const { item } = await plaid.call<{ item: { item_id: string } }>("/item/get", { access_token: accessToken });
    const park = async (reason: string, plaidItemId: string) => {
      const id = randomUUID();
      await query(
        `insert into webhook_events (id, delivery_key, environment, body, body_sha256, signed_at, key_id, parked_at,
           parked_reason, plaid_item_id) values ($1, $2, 'sandbox', '{}', '', now(), 'k', now(), $3, $4)`,
        [id, Buffer.from(id), reason, plaidItemId],
      );
      return id;
    };
    const early = await park("unknown_item", item.item_id);
    const hopeless = await park("failed_TypeError", item.item_id);
    const stranger = await park("unknown_item", "another-item");

    await world.api.call<Item>("post", "/v1/items", { body: { access_token: accessToken, user: newUser() } });
    const parked = await query("select id from webhook_events where parked_at is not null");
    expect(new Set(parked.map(({ id }) => id))).toEqual(new Set([hopeless, stranger]));
    expect(await query("select parked_reason, handed_off_at from webhook_events where id = $1", [early])).toEqual([
      { parked_reason: null, handed_off_at: null },
    ]);
  });
});

describe("checking an Item", () => {
  const check = (item: Item) => world.api.call<Item>("post", `/v1/items/${item.id}/check`);

  test("a break that no webhook told of is found, and its end too", async () => {
    const item = await world.register();
    await plaid.breakItem(item.plaid_item_id, "ITEM_LOCKED");
    const broken = await check(item);
    expect(broken.status).toBe(200);
    expect(broken.body).toMatchObject({
      status: { kind: "bank_action_required", confirmed: true, error: { code: "ITEM_LOCKED" } },
      episode: { id: expect.stringMatching(/^epi_/) },
    });

    await plaid.repairItem(item.plaid_item_id);
    const repaired = await check(item);
    expect(repaired.body).toMatchObject({ status: { kind: "healthy", error: null }, episode: null });
    expect(repaired.body.status.since > broken.body.status.since).toBe(true);
    expect(await query("select state from emails where item_id = $1", [uuidOf(item)])).toEqual([
      { state: "cancelled" },
    ]);
  });

  test("an Item that is gone at Plaid stays as removed, and is not asked about again", async () => {
    const accessToken = await plaid.accessToken();
    const { body: item } = await world.api.call<Item>("post", "/v1/items", {
      body: { access_token: accessToken, user: newUser() },
    });
    await plaid.call("/item/remove", { access_token: accessToken });
    expect(statusOf((await check(item)).body)).toBe("removed");
    await plaid.fail({ api: { down: true } });
    expect(statusOf((await check(item)).body)).toBe("removed");
  });

  test("without an answer the Item stays as it is, and the workers go on asking", async () => {
    const item = await world.register();
    await plaid.fail({ api: { down: true } });
    const problem = await world.api.problem("post", `/v1/items/${item.id}/check`, "plaid-unavailable");
    expect(problem.retryable).toBe(true);
    expect((await world.api.call<Item>("get", `/v1/items/${item.id}`)).body.status).toEqual(item.status);
    expect(await query("select confirm_due_at <= now() as due from items where id = $1", [uuidOf(item)])).toEqual([
      { due: true },
    ]);
  });
});

describe("a link for the user", () => {
  test.each(["ITEM_LOGIN_REQUIRED", "PASSWORD_RESET_REQUIRED", "ITEM_NOT_SUPPORTED"])(
    "is for the open break: %s",
    async (errorCode) => {
      const item = await world.register({ errorCode });
      const { status, body: link } = await world.api.call<{ url: string; expires_at: string }>(
        "post",
        `/v1/items/${item.id}/relink-links`,
      );
      expect(status).toBe(201);
      const [, token] = /^http:\/\/link\.test\/r\/([A-Za-z0-9_.-]+)$/.exec(link.url) ?? [];
      const options = { keys: LINK_TOKEN_KEYS, audience: "sandbox", now: new Date() };
      expect(await readDeepLink(token!, options)).toEqual({
        itemId: uuidOf(item),
        episodeId: readId("epi", item.episode?.id ?? ""),
      });
      const expiresAt = new Date(link.expires_at);
      expect(Math.round((expiresAt.getTime() - Date.now()) / 86_400_000)).toBe(14);
      await expect(readDeepLink(token!, { ...options, now: expiresAt })).rejects.toMatchObject({ reason: "expired" });
    },
  );

  test.each([
    ["an Item that works", undefined, "healthy"],
    ["one that the operator has to look at", "PRODUCT_NOT_ENABLED", "needs_developer"],
    ["an outage", "INSTITUTION_DOWN", "degraded"],
  ])("is not made for %s", async (_name, errorCode, kind) => {
    const item = await world.register(errorCode === undefined ? {} : { errorCode });
    expect(statusOf(item)).toBe(kind);
    const problem = await world.api.problem("post", `/v1/items/${item.id}/relink-links`, "nothing-to-repair");
    expect(problem.detail).toContain(kind);
  });

  test("is not made while an open break waits for the end of an outage", async () => {
    const item = await world.register({ errorCode: "ITEM_LOGIN_REQUIRED" });
    await plaid.breakItem(item.plaid_item_id, "INSTITUTION_DOWN");
    const checked = await world.api.call<Item>("post", `/v1/items/${item.id}/check`);
    expect(checked.body.episode?.id).toBe(item.episode?.id);
    await world.api.problem("post", `/v1/items/${item.id}/relink-links`, "nothing-to-repair");
  });
});

describe("lists", () => {
  test("every filter leaves only what fits, and they add up", async () => {
    const user = newUser();
    const working = await world.register({ user, institutionId: "ins_109511" });
    const broken = await world.register({ user, institutionId: "ins_109512", errorCode: "ITEM_LOGIN_REQUIRED" });
    const idsOf = async (parameters: Record<string, string>) =>
      (await allPages<Item>("/v1/items", { limit: "250", ...parameters })).map((item) => item.id);

    const both = [broken.id, working.id];
    expect(await idsOf({ user_id: working.user_id })).toEqual(both);
    expect(await idsOf({ user_external_id: user.external_id })).toEqual(both);
    expect(await idsOf({ institution_id: "ins_109511" })).toEqual([working.id]);
    expect(await idsOf({ status: "login_required" })).toContain(broken.id);
    expect(await idsOf({ status: "login_required" })).not.toContain(working.id);
    expect(await idsOf({ user_external_id: user.external_id, status: "healthy" })).toEqual([working.id]);
    expect(await idsOf({ user_external_id: user.external_id, institution_id: "ins_43" })).toEqual([]);
    expect(await idsOf({ user_id: showId("usr", randomUUID()) })).toEqual([]);
  });

  test("pages hold every Item once, newest first, with its break, though new ones come meanwhile", async () => {
    const user = newUser();
    const made = [];
    for (const errorCode of [undefined, "ITEM_LOGIN_REQUIRED", undefined, "ITEM_LOCKED", undefined]) {
      made.push(await world.register({ user, ...(errorCode !== undefined && { errorCode }) }));
    }
    const parameters = { user_external_id: user.external_id, limit: "2" };
    const first = await world.api.call<Page<Item>>("get", "/v1/items", { query: parameters });
    await world.register({ user });
    const rest = await allPages<Item>("/v1/items", { ...parameters, cursor: first.body.next_cursor ?? "" });
    expect([...first.body.data, ...rest]).toEqual(made.toReversed());
  });

  test("a page of exactly the last entries has no next one", async () => {
    const user = newUser();
    await world.register({ user });
    const { body } = await world.api.call<Page<Item>>("get", "/v1/items", {
      query: { user_external_id: user.external_id, limit: "1" },
    });
    expect(body).toMatchObject({ has_more: false, next_cursor: null });
  });

  test("users are found by their external id, and paged newest first", async () => {
    const item = await world.register();
    const externalId = item.user.external_id;
    const found = await allPages<User>("/v1/users", { external_id: externalId });
    expect(found.map((user) => user.id)).toEqual([item.user_id]);

    const whole = await allPages<User>("/v1/users", { limit: "250" });
    expect(await allPages<User>("/v1/users", { limit: "3" })).toEqual(whole);
    expect(whole.map((user) => user.id)).toEqual(
      whole
        .map((user) => user.id)
        .toSorted()
        .toReversed(),
    );
  });
});

describe("the timeline", () => {
  test("tells everything that happened, newest first, with the ids that support asks for", async () => {
    const { item, linkSessionId, accountId } = await makeEventfulItem(world);
    const { body } = await world.api.call<Page<TimelineEntry>>("get", `/v1/items/${item.id}/timeline`);
    const entries = body.data;
    expect(new Set(entries.map((entry) => entry.kind))).toEqual(
      new Set([
        "webhook_received",
        "api_call",
        "episode_opened",
        "episode_confirmed",
        "episode_closed",
        "email",
        "link_session_started",
        "link_callback",
        "link_event",
        "status_corrected",
        "account_revoked",
        "muted",
        "unmuted",
        "event_published",
      ]),
    );
    const times = entries.map((entry) => entry.at);
    expect(times).toEqual(newestFirst(times));
    expect(entries).toContainEqual(
      expect.objectContaining({
        kind: "webhook_received",
        webhook_code: "ERROR",
        plaid_item_id: item.plaid_item_id,
      }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({ kind: "episode_closed", episode_id: item.episode?.id, reason: "repaired" }),
    );
    for (const kind of ["link_session_started", "link_callback", "link_event"]) {
      expect(entries).toContainEqual(expect.objectContaining({ kind, link_session_id: linkSessionId }));
    }
    expect(entries).toContainEqual(
      expect.objectContaining({ kind: "episode_opened", cause: "broken", error_code: "ITEM_LOGIN_REQUIRED" }),
    );
    expect(entries).toContainEqual(expect.objectContaining({ kind: "account_revoked", account_id: accountId }));
    expect(entries).toContainEqual({
      at: expect.any(String),
      kind: "status_corrected",
      found_by: "reconciliation",
      status_before: "healthy",
      status_after: "login_required",
      missed_webhook_code: "ERROR",
    });
    const calls = entries.filter((entry) => entry.kind === "api_call");
    const [repaired, broken, ...ofRegistration] = calls.map((call) => [call.method, call.item_error_code]);
    expect([repaired, broken]).toEqual([
      ["/item/get", null],
      ["/item/get", "ITEM_LOGIN_REQUIRED"],
    ]);
    // One follows the other at once, and those of one millisecond come in any order.
    expect(ofRegistration.map(([method, errorCode]) => `${method} ${errorCode}`).toSorted()).toEqual([
      "/item/get null",
      "/item/get null",
      "/item/webhook/update null",
    ]);
    expect(calls.every((call) => (call.request_id ?? "") !== "")).toBe(true);
    expect(JSON.stringify(body)).not.toContain("MARKER");
  });

  test("a break that began and was borne out at one moment began first", async () => {
    const item = await world.register({ errorCode: "ITEM_LOGIN_REQUIRED" });
    const { body } = await world.api.call<Page<TimelineEntry>>("get", `/v1/items/${item.id}/timeline`);
    const kinds = body.data.map(({ kind }) => kind).filter((kind) => kind.startsWith("episode"));
    expect(kinds).toEqual(["episode_confirmed", "episode_opened"]);
  });

  test("pages hold every entry once, also where several happened at one moment", async () => {
    const { item } = await makeEventfulItem(world);
    await query(
      "update plaid_api_events set at = (select opened_at from episodes where item_id = $1) where item_id = $1",
      [uuidOf(item)],
    );
    const path = `/v1/items/${item.id}/timeline`;
    const whole = await allPages<TimelineEntry>(path, { limit: "250" });
    expect(whole.length).toBeGreaterThan(15);
    for (const limit of ["1", "2", "5"]) expect(await allPages<TimelineEntry>(path, { limit })).toEqual(whole);
  });
});
