import { Products } from "plaid";
import { describe, expect, test } from "vitest";
import {
  call,
  createItem,
  createUpdateToken,
  logIn,
  plaidClient,
  startReceiver,
  startSandbox,
} from "../testing/sandbox-for-test.ts";

async function setUp(now: () => number = Date.now) {
  const sandbox = await startSandbox({ timeScale: 1 }, { now });
  const plaid = plaidClient(sandbox);
  const receiver = await startReceiver();
  const item = await createItem(plaid, { webhook: receiver.url });
  const bodies = () => receiver.received.map(({ body }) => JSON.parse(body));
  const accounts = async () => (await plaid.accountsGet({ access_token: item.accessToken })).data.accounts;
  return { sandbox, plaid, receiver, ...item, bodies, accounts };
}

const withChoice = { update: { account_selection_enabled: true } };

/** A session of Hosted Link, up to the login. */
async function beginHosted(world: Awaited<ReturnType<typeof setUp>>, completionUri?: string) {
  const { data } = await world.plaid.linkTokenCreate({
    client_name: "A test",
    language: "en",
    country_codes: ["US"] as never[],
    user: { client_user_id: "user-1" },
    access_token: world.accessToken,
    webhook: "http://127.0.0.1:1/never-used-in-update-mode",
    hosted_link: completionUri === undefined ? {} : { completion_redirect_uri: completionUri },
  });
  const id = new URL(data.hosted_link_url!).pathname.replace("/hl/", "");
  const session = await call(world.sandbox, "POST", `/link/v2/api/hosted/${id}/session`, {});
  const path = `/link/v2/api/session/${session["link_session_id"]}`;
  return { linkToken: data.link_token, sessionId: String(session["link_session_id"]), session, path };
}

const credentials = { institution_id: "", username: "user_good", password: "pass_good" };

describe("account selection", () => {
  test("nothing is repaired before the choice; what is not chosen is no longer shared", async () => {
    const { sandbox, plaid, accessToken, itemId, accounts } = await setUp();
    await call(sandbox, "POST", `/control/items/${itemId}/error`, { webhook: false });
    const token = await createUpdateToken(plaid, accessToken, undefined, withChoice);
    const { path, answer } = await logIn(sandbox, token);
    expect(answer).not.toHaveProperty("public_token");
    const choice = answer["account_choice"]!;
    expect(choice.map((account) => String(account["is_shared"]))).toEqual(choice.map(() => "true"));
    expect((await plaid.itemGet({ access_token: accessToken })).data.item.error).not.toBeNull();

    const chosen = choice.slice(0, 2).map((account) => String(account["id"]));
    const success = await call(sandbox, "POST", `${path}/accounts`, { account_ids: chosen });
    expect(success["metadata"]!["accounts"]!.map((account) => account["id"])).toEqual(chosen);
    expect((await plaid.itemGet({ access_token: accessToken })).data.item.error).toBeNull();
    expect((await accounts()).map(({ account_id: id }) => id)).toEqual(chosen);
  });

  test("an account that is chosen again comes back under another id", async () => {
    const { sandbox, plaid, accessToken, accounts } = await setUp();
    const choose = async (pick: (ids: string[]) => string[]) => {
      const token = await createUpdateToken(plaid, accessToken, undefined, withChoice);
      const { path, answer } = await logIn(sandbox, token);
      const ids = answer["account_choice"]!.map((account) => String(account["id"]));
      await call(sandbox, "POST", `${path}/accounts`, { account_ids: pick(ids) });
    };
    const before = await accounts();
    await choose((ids) => ids.slice(1));
    await choose((ids) => ids);
    const after = await accounts();
    expect(after.map(({ mask }) => mask)).toEqual(before.map(({ mask }) => mask));
    expect(after[0]!.account_id).not.toBe(before[0]!.account_id);
    expect(after[1]!.account_id).toBe(before[1]!.account_id);
  });

  test("no account, or another's, is refused, and so is a choice before the login", async () => {
    const { sandbox, plaid, accessToken } = await setUp();
    const token = await createUpdateToken(plaid, accessToken, undefined, withChoice);
    const { path } = await logIn(sandbox, token);
    await expect(call(sandbox, "POST", `${path}/accounts`, { account_ids: [] })).rejects.toThrow("NO_ACCOUNTS");
    await expect(call(sandbox, "POST", `${path}/accounts`, { account_ids: ["x"] })).rejects.toThrow(
      "INVALID_ACCOUNT_ID",
    );
    const fresh = await call(sandbox, "POST", "/link/v2/api/session", { token });
    const early = `/link/v2/api/session/${fresh["link_session_id"]}/accounts`;
    await expect(call(sandbox, "POST", early, { account_ids: ["x"] })).rejects.toThrow("INVALID_FIELD");
  });
});

describe("Hosted Link", () => {
  test("a success in update mode tells the Item's webhook, and EVENTS come twice, the second with more", async () => {
    const world = await setUp();
    const { linkToken, sessionId, path } = await beginHosted(world);
    await call(world.sandbox, "POST", `${path}/events`, { event_name: "OPEN", metadata: {} });
    await call(world.sandbox, "POST", `${path}/credentials`, credentials);
    await call(world.sandbox, "POST", `${path}/events`, { event_name: "HANDOFF", metadata: {} });
    await world.receiver.count(3);
    const names = { webhook_type: "LINK", link_session_id: sessionId, link_token: linkToken, environment: "sandbox" };
    const bodies = world.bodies().toSorted((a, b) => (a.events?.length ?? 0) - (b.events?.length ?? 0));
    expect(bodies).toMatchObject([
      {
        ...names,
        webhook_code: "SESSION_FINISHED",
        status: "SUCCESS",
        public_tokens: [expect.stringMatching(/^public-sandbox-/)],
      },
      { ...names, webhook_code: "EVENTS", events: [{ event_name: "OPEN" }] },
      { ...names, webhook_code: "EVENTS", events: [{ event_name: "OPEN" }, { event_name: "HANDOFF" }] },
    ]);
    const [first, second] = [bodies[1].events, bodies[2].events];
    expect(second[0].event_id).toBe(first[0].event_id);
    for (const body of bodies) expect(body).not.toHaveProperty("item_id");
    expect(world.receiver.received[0]!.headers["plaid-verification"]).toMatch(/^eyJ/);
  });

  test("an exit is EXITED, without a token", async () => {
    const world = await setUp();
    const { path } = await beginHosted(world);
    await call(world.sandbox, "POST", `${path}/exit`, { error: null, metadata: { status: "requires_credentials" } });
    await world.receiver.count(2);
    const finished = world.bodies().find(({ webhook_code: code }) => code === "SESSION_FINISHED");
    expect(finished).toMatchObject({ status: "EXITED" });
    expect(finished).not.toHaveProperty("public_tokens");
  });

  test("a page that is just closed is told by EVENTS alone, and by more of them if the user returns", async () => {
    let now = Date.now();
    const world = await setUp(() => now);
    const { path } = await beginHosted(world);
    await call(world.sandbox, "POST", `${path}/events`, { event_name: "OPEN", metadata: {} });
    now += 10 * 60_000;
    await world.receiver.count(1);
    await call(world.sandbox, "POST", `${path}/events`, { event_name: "TRANSITION_VIEW", metadata: {} });
    now += 10 * 60_000;
    await world.receiver.count(2);
    expect(world.bodies().map(({ webhook_code: code, events }) => [code, events.length])).toEqual([
      ["EVENTS", 1],
      ["EVENTS", 2],
    ]);
  });

  test("a first link tells the webhook of its request, with the new Item's token", async () => {
    const world = await setUp();
    const { data } = await world.plaid.linkTokenCreate({
      client_name: "A test",
      language: "en",
      country_codes: ["US"] as never[],
      user: { client_user_id: "user-1" },
      products: [Products.Auth],
      webhook: world.receiver.url,
      hosted_link: { url_lifetime_seconds: 86_400 },
    });
    expect(Date.parse(data.expiration) - Date.now()).toBeGreaterThan(86_000_000);
    const id = new URL(data.hosted_link_url!).pathname.replace("/hl/", "");
    const session = await call(world.sandbox, "POST", `/link/v2/api/hosted/${id}/session`, {});
    const path = `/link/v2/api/session/${session["link_session_id"]}/credentials`;
    await call(world.sandbox, "POST", path, { ...credentials, institution_id: "ins_109508" });
    await world.receiver.count(3);
    const added = world.bodies().find(({ webhook_code: code }) => code === "ITEM_ADD_RESULT");
    const exchanged = await world.plaid.itemPublicTokenExchange({ public_token: added.public_token });
    expect(exchanged.data.item_id).not.toBe(world.itemId);
  });

  test("its page knows where it leads, and its address holds no Link token", async () => {
    const world = await setUp();
    const { session, linkToken } = await beginHosted(world, "myapp://done");
    expect(session["completion_redirect_uri"]).toBe("myapp://done");
    expect(JSON.stringify(session)).not.toContain(linkToken);
    const nowhere = call(world.sandbox, "POST", "/link/v2/api/hosted/x/session", {});
    await expect(nowhere).rejects.toThrow("INVALID_LINK_TOKEN");
  });
});

test("an embedded session sends LINK webhooks only where Plaid was asked for them", async () => {
  const world = await setUp();
  await logIn(world.sandbox, await createUpdateToken(world.plaid, world.accessToken));
  expect(await call(world.sandbox, "GET", "/control/webhooks")).toEqual({ webhooks: [] });
  await call(world.sandbox, "PUT", "/control/faults", { link_webhooks: "all" });
  await logIn(world.sandbox, await createUpdateToken(world.plaid, world.accessToken));
  await world.receiver.count(2);
  expect(world.receiver.codes().toSorted()).toEqual(["EVENTS", "SESSION_FINISHED"]);
});
