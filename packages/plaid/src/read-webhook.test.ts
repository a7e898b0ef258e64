import { Secret } from "@relink/service";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toWebhookBody, WEBHOOK_FIXTURES } from "./fixtures/webhook-fixtures.ts";
import { type LinkWebhookEvent, readWebhook } from "./read-webhook.ts";
import { createTokenHasher, hashTokens } from "./token-hash.ts";
import { WEBHOOK_CATALOGUE, type WebhookPair } from "./webhook-catalogue.ts";

const ITEM_ID = "wz666MBjYWTp2PDzzggYhM6oWWmBb";
const read = (body: unknown, environment = "sandbox") =>
  readWebhook(Buffer.from(typeof body === "string" ? body : JSON.stringify(body)), environment);
const unreadable = (reason: string) => ({ kind: "unreadable", reason });
const loginRequired = {
  error_type: "ITEM_ERROR",
  error_code: "ITEM_LOGIN_REQUIRED",
  error_message: "the login details of this item have changed",
  display_message: "Please sign in again.",
};

const hashToken = createTokenHasher(new Secret("the client's secret"));
/** As a webhook is read once it has been stored. */
const readStored = (fixture: object) => readWebhook(hashTokens(toWebhookBody(fixture), hashToken), "sandbox");
/** A fixture with other fields, as Plaid may send it too. */
const changed = (pair: WebhookPair, fields: object) => ({ ...WEBHOOK_FIXTURES[pair], ...fields });
const namesOf = (fixture: object) => {
  const { webhook_type, webhook_code, item_id, error } = fixture as {
    webhook_type: string;
    webhook_code: string;
    item_id?: string;
    error?: { error_code: string } | null;
  };
  return {
    webhookType: webhook_type,
    webhookCode: webhook_code,
    plaidItemId: item_id ?? null,
    errorCode: error?.error_code ?? null,
  };
};

const SESSION = {
  kind: "link",
  linkTokenHash: hashToken("link-sandbox-af1a0311-da53-4636-b754-dd15cc058176"),
  linkSessionId: "356dbb28-7f98-44d1-8e6d-0cec580f3171",
  outcome: null,
  events: [],
};
const OPENED: LinkWebhookEvent = {
  eventId: "9469937a-6fac-40be-9322-f86e8c0b94ed",
  name: "OPEN",
  at: new Date("2026-11-20T10:00:00Z"),
  requestId: "ClqZyuhovgkaQ3j",
  errorType: null,
  errorCode: null,
  exitStatus: null,
  institutionId: null,
  viewName: null,
};

/** What is read of each webhook beside its names; of all others nothing. */
const READ: Partial<Record<WebhookPair, object>> = {
  "DASHBOARD_CONFIGURED_ALERT/INSTITUTION_STATUS_ALERT_TRIGGERED": {
    kind: "institution",
    institutionId: "ins_109508",
    trouble: "began",
  },
  "ISSUES/ISSUE_RESOLVED": { kind: "institution", institutionId: "ins_109508", trouble: "ended" },
  "ITEM/ERROR": {
    kind: "item",
    event: {
      kind: "error_reported",
      error: { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: "OAUTH_INVALID_TOKEN" },
    },
  },
  "ITEM/LOGIN_REPAIRED": { kind: "item", event: { kind: "repair_reported" } },
  "ITEM/NEW_ACCOUNTS_AVAILABLE": { kind: "item", event: { kind: "new_accounts_reported" } },
  "ITEM/PENDING_DISCONNECT": {
    kind: "item",
    event: {
      kind: "pending_reported",
      pending: { kind: "disconnect", at: new Date("2026-11-27T13:25:17.766Z"), reason: "INSTITUTION_MIGRATION" },
    },
  },
  "ITEM/PENDING_EXPIRATION": {
    kind: "item",
    event: {
      kind: "pending_reported",
      pending: { kind: "expiration", at: new Date("2026-11-27T13:25:17.766Z"), reason: "CONSENT" },
    },
  },
  "ITEM/USER_ACCOUNT_REVOKED": { kind: "account_revoked", plaidAccountId: "BxBXxLj1m4HMXBm9WZZmCWVbPjX16EHwv99vp" },
  "ITEM/USER_PERMISSION_REVOKED": {
    kind: "item",
    event: {
      kind: "error_reported",
      error: { type: "ITEM_ERROR", code: "USER_PERMISSION_REVOKED", reason: null },
    },
  },
  "ITEM/WEBHOOK_UPDATE_ACKNOWLEDGED": {
    kind: "webhook_acknowledged",
    url: "https://hooks.example.com/webhooks/plaid",
  },
  "LAYER/LAYER_AUTHENTICATION_PASSED": SESSION,
  "LINK/EVENTS": {
    ...SESSION,
    events: [
      OPENED,
      {
        ...OPENED,
        eventId: "ca85566d-5f32-4716-909f-82f3a0b6160b",
        name: "SUBMIT_ROUTING_NUMBER",
        at: new Date("2026-11-20T10:00:20Z"),
        requestId: "XRvev3cP9wYUFz5",
      },
      {
        eventId: "978b772c-f2cc-404f-9449-2113e4671c4f",
        name: "EXIT",
        at: new Date("2026-11-20T10:01:00Z"),
        requestId: "u1HcAeiCKtz3qmm",
        errorType: "ITEM_ERROR",
        errorCode: "INVALID_CREDENTIALS",
        exitStatus: "requires_credentials",
        institutionId: "ins_109508",
        viewName: "CREDENTIAL",
      },
    ],
  },
  "LINK/ITEM_ADD_RESULT": SESSION,
  "LINK/SESSION_FINISHED": { ...SESSION, outcome: "success" },
};

describe("each webhook that Plaid is known to send", () => {
  const table = WEBHOOK_CATALOGUE.map(({ type, code }) => `${type}/${code}` as WebhookPair);
  test.each(table)("%s is read for what it says, and for no more", (pair) => {
    const fixture = WEBHOOK_FIXTURES[pair];
    expect(readStored(fixture)).toEqual({ kind: "other", ...READ[pair], names: namesOf(fixture) });
  });

  test.each(WEBHOOK_CATALOGUE.filter((webhook) => webhook.class === "state"))(
    "$type $code, which tells of an Item's state, is handed to the rules",
    ({ type, code }) => {
      expect(readStored(WEBHOOK_FIXTURES[`${type}/${code}`]).kind).not.toBe("other");
    },
  );

  test.each(table.filter((pair) => pair.startsWith("TRANSACTIONS/")))(
    "%s as processors get it, about an account, is kept and concerns no Item of ours",
    (pair) => {
      const body = changed(pair, { item_id: undefined, account_id: "dVzbVMLjrxTnLjX4G66XUp5GLklm4oiZy88yK" });
      expect(readStored(body)).toMatchObject({ kind: "other", names: { plaidItemId: null } });
    },
  );

  test.each(table)("%s is read without an environment too, as in older bodies, and not with another one", (pair) => {
    expect(readStored(changed(pair, { environment: undefined }))).toEqual(readStored(WEBHOOK_FIXTURES[pair]));
    expect(readStored(changed(pair, { environment: "production" }))).toEqual(unreadable("environment"));
  });
});

describe("an Item's webhook that lacks what it has to tell", () => {
  const ask = { kind: "item", event: { kind: "error_reported", error: null } };
  const dates = [
    undefined,
    null,
    "",
    "soon",
    "2026-11-27",
    "2026-11-27T13:25:17",
    "2026-02-30T00:00:00Z",
    1_795_000_000,
    {},
  ];

  test.each(dates)("PENDING_EXPIRATION with the date %j is a sign to ask Plaid", (date) => {
    expect(readStored(changed("ITEM/PENDING_EXPIRATION", { consent_expiration_time: date }))).toMatchObject(ask);
  });

  test.each(dates)("PENDING_DISCONNECT with the date %j is a sign to ask Plaid", (date) => {
    expect(readStored(changed("ITEM/PENDING_DISCONNECT", { disconnect_time: date }))).toMatchObject(ask);
  });

  test.each([undefined, null, 7, "not a word"])(
    "PENDING_DISCONNECT with the reason %j still has its date",
    (reason) => {
      expect(readStored(changed("ITEM/PENDING_DISCONNECT", { reason }))).toMatchObject({
        event: { kind: "pending_reported", pending: { at: new Date("2026-11-27T13:25:17.766Z"), reason: "UNKNOWN" } },
      });
    },
  );

  test.each([undefined, null, "", 7, ["x"]])(
    "USER_ACCOUNT_REVOKED with the account %j is a sign to ask Plaid",
    (id) => {
      expect(readStored(changed("ITEM/USER_ACCOUNT_REVOKED", { account_id: id }))).toMatchObject(ask);
    },
  );

  test.each([undefined, null, "revoked"])("USER_PERMISSION_REVOKED with the error %j is a revocation", (error) => {
    expect(readStored(changed("ITEM/USER_PERMISSION_REVOKED", { error }))).toMatchObject({
      names: { errorCode: null },
      event: { error: { type: "ITEM_ERROR", code: "USER_PERMISSION_REVOKED", reason: null } },
    });
  });

  test("a date in another zone and to the nanosecond is the moment it names", () => {
    const body = changed("ITEM/PENDING_EXPIRATION", { consent_expiration_time: "2026-11-27T15:25:17.766123456+02:00" });
    expect(readStored(body)).toMatchObject({ event: { pending: { at: new Date("2026-11-27T13:25:17.766Z") } } });
  });

  test.each([
    undefined,
    null,
    "",
    "hooks.example.com",
    "javascript:alert(1)",
    "https://",
    "https://a b",
    7,
    `https://a/${"x".repeat(3_000)}`,
  ])("WEBHOOK_UPDATE_ACKNOWLEDGED with the address %j is of no use", (url) => {
    expect(readStored(changed("ITEM/WEBHOOK_UPDATE_ACKNOWLEDGED", { new_webhook_url: url }))).toEqual(
      unreadable("bad_fields"),
    );
  });

  test.each<[WebhookPair, object]>([
    ["ITEM/PENDING_EXPIRATION", unreadable("bad_fields")],
    ["ITEM/PENDING_DISCONNECT", unreadable("bad_fields")],
    ["ITEM/USER_PERMISSION_REVOKED", unreadable("bad_fields")],
    ["ITEM/USER_ACCOUNT_REVOKED", unreadable("bad_fields")],
    ["ITEM/WEBHOOK_UPDATE_ACKNOWLEDGED", unreadable("bad_fields")],
    ["ITEM/NEW_ACCOUNTS_AVAILABLE", { kind: "other", names: { plaidItemId: null } }],
  ])("%s without an Item is not taken for one about an Item", (pair, expected) => {
    expect(readStored(changed(pair, { item_id: undefined }))).toMatchObject(expected);
  });
});

describe("a webhook about a Link session", () => {
  test.each([
    ["SUCCESS", "success"],
    ["success", "success"],
    ["EXITED", "exited"],
    ["exited", "exited"],
    ["ABANDONED", null],
    [null, null],
    [undefined, null],
    [7, null],
  ])("that ended with %j has the outcome %j", (status, outcome) => {
    expect(readStored(changed("LINK/SESSION_FINISHED", { status }))).toMatchObject({ kind: "link", outcome });
  });

  test.each([undefined, null, 7, "link-sandbox", `hmac-sha256:${"a".repeat(63)}`, `hmac-sha256:${"A".repeat(64)}`])(
    "whose token is %j has none, and is read",
    (token) => {
      expect(readStored(changed("LINK/EVENTS", { link_token: token }))).toMatchObject({
        kind: "link",
        linkTokenHash: null,
        linkSessionId: SESSION.linkSessionId,
      });
    },
  );

  test("keeps nothing of a token that was not hashed, of numbers, and of what was searched for", () => {
    const { events } = WEBHOOK_FIXTURES["LINK/EVENTS"];
    const read = readWebhook(toWebhookBody(WEBHOOK_FIXTURES["LINK/EVENTS"]), "sandbox");
    expect(read).toMatchObject({ kind: "link", linkTokenHash: null });
    const kept = JSON.stringify(read);
    for (const dropped of ["link-sandbox-", "0000", "011401533", "platypus", "credentials were not correct"]) {
      expect(JSON.stringify(events) + JSON.stringify(WEBHOOK_FIXTURES["LINK/EVENTS"])).toContain(dropped);
      expect(kept).not.toContain(dropped);
    }
  });

  test("has each event once, and none that cannot be told from the others", () => {
    const [opened, ...others] = WEBHOOK_FIXTURES["LINK/EVENTS"].events;
    const nameless = [{ ...opened, event_id: undefined }, { ...opened, event_name: 7 }, null, "OPEN", []];
    const body = changed("LINK/EVENTS", { events: [opened, ...nameless, ...others, opened] });
    expect(readStored(body)).toEqual(readStored(WEBHOOK_FIXTURES["LINK/EVENTS"]));
  });

  test.each([undefined, null, "soon", {}])("has an event although its time is %j and it tells nothing else", (odd) => {
    const event = { event_id: "e1", event_name: "OPEN", timestamp: odd, event_metadata: odd };
    const nothing = {
      at: null,
      requestId: null,
      errorCode: null,
      exitStatus: null,
      institutionId: null,
      viewName: null,
    };
    expect(readStored(changed("LINK/EVENTS", { events: [event] }))).toMatchObject({
      events: [{ eventId: "e1", name: "OPEN", ...nothing }],
    });
  });

  test.each([undefined, null, {}, "none"])("whose list of events is %j has none", (events) => {
    expect(readStored(changed("LINK/EVENTS", { events }))).toMatchObject({ kind: "link", events: [] });
  });
});

test.each<WebhookPair>(["DASHBOARD_CONFIGURED_ALERT/INSTITUTION_STATUS_ALERT_TRIGGERED", "ISSUES/ISSUE_RESOLVED"])(
  "%s without an institution is of no use",
  (pair) => {
    expect(readStored(changed(pair, { institution_id: null }))).toEqual(unreadable("bad_fields"));
  },
);

describe("a webhook that concerns an Item", () => {
  test("ITEM ERROR reports what is wrong with it", () => {
    const body = { webhook_type: "ITEM", webhook_code: "ERROR", item_id: ITEM_ID, environment: "sandbox" };
    expect(read({ ...body, error: { ...loginRequired, error_code_reason: "OAUTH_INVALID_TOKEN" } })).toEqual({
      kind: "item",
      names: { webhookType: "ITEM", webhookCode: "ERROR", plaidItemId: ITEM_ID, errorCode: "ITEM_LOGIN_REQUIRED" },
      event: {
        kind: "error_reported",
        error: { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: "OAUTH_INVALID_TOKEN" },
      },
    });
  });

  test("the form that older guides show is read: no environment, and a message with a line break", () => {
    const body = `{
  "webhook_type": "ITEM",
  "webhook_code": "ERROR",
  "item_id": "${ITEM_ID}",
  "error": {
    "display_message": "The provided credentials were not correct.\\nPlease try again.",
    "error_code": "ITEM_LOGIN_REQUIRED",
    "error_message": "the provided credentials were not correct",
    "error_type": "ITEM_ERROR",
    "status": 400
  }
}`;
    expect(read(body)).toEqual({
      kind: "item",
      names: { webhookType: "ITEM", webhookCode: "ERROR", plaidItemId: ITEM_ID, errorCode: "ITEM_LOGIN_REQUIRED" },
      event: {
        kind: "error_reported",
        error: { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null },
      },
    });
  });

  test.each([
    ["null", null],
    ["missing", undefined],
    ["text", "broken"],
    ["a list", [loginRequired]],
    ["without a code", { error_type: "ITEM_ERROR" }],
    ["with a code that is none", { ...loginRequired, error_code: "a code\nwith a line" }],
    ["with a code of 8 kB", { ...loginRequired, error_code: "A".repeat(8_192) }],
  ])("ITEM ERROR with an error that is %s is still a sign to ask Plaid", (_what, error) => {
    expect(read({ webhook_type: "ITEM", webhook_code: "ERROR", item_id: ITEM_ID, error })).toMatchObject({
      kind: "item",
      names: { errorCode: null },
      event: { kind: "error_reported", error: null },
    });
  });

  test("ITEM LOGIN_REPAIRED reports a repair", () => {
    expect(
      read({ webhook_type: "ITEM", webhook_code: "LOGIN_REPAIRED", item_id: ITEM_ID, environment: "sandbox" }),
    ).toMatchObject({ kind: "item", names: { plaidItemId: ITEM_ID }, event: { kind: "repair_reported" } });
  });

  test("without naming the Item it is of no use", () => {
    expect(read({ webhook_type: "ITEM", webhook_code: "ERROR" })).toEqual(unreadable("bad_fields"));
    expect(read({ webhook_type: "ITEM", webhook_code: "LOGIN_REPAIRED", item_id: null })).toEqual(
      unreadable("bad_fields"),
    );
  });
});

describe("any other webhook is kept for the timeline", () => {
  test.each([
    ["B10 an unknown type", { webhook_type: "SOMETHING", webhook_code: "NEW", item_id: ITEM_ID }],
    ["B10 an unknown code of a known type", { webhook_type: "ITEM", webhook_code: "NEW_THING", item_id: ITEM_ID }],
    ["an ERROR of another type", { webhook_type: "ASSETS", webhook_code: "ERROR", error: loginRequired }],
    ["a report without an Item", { webhook_type: "ASSETS", webhook_code: "PRODUCT_READY", asset_report_id: "x" }],
    ["`error: null`", { webhook_type: "TRANSACTIONS", webhook_code: "DEFAULT_UPDATE", item_id: ITEM_ID, error: null }],
    [
      "numbers out of any range",
      { webhook_type: "TRANSACTIONS", webhook_code: "X", item_id: ITEM_ID, new_transactions: 1e308 },
    ],
  ])("%s", (_what, body) => {
    expect(read(body)).toMatchObject({
      kind: "other",
      names: { webhookType: body.webhook_type, webhookCode: body.webhook_code },
    });
  });

  test("B8 __proto__ and constructor are names like any other, and change nothing", () => {
    const text = `{"__proto__":{"polluted":1,"item_id":"x"},"constructor":{"prototype":{"polluted":1}},
      "webhook_type":"ITEM","webhook_code":"LOGIN_REPAIRED","item_id":"${ITEM_ID}"}`;
    expect(read(text)).toMatchObject({ kind: "item", names: { plaidItemId: ITEM_ID } });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(read('{"__proto__":{"webhook_type":"ITEM","webhook_code":"ERROR"}}')).toEqual(unreadable("bad_fields"));
  });

  test("B9 of a name that stands there twice the last one counts", () => {
    expect(read('{"webhook_type":"A","webhook_code":"B","webhook_code":"C"}')).toMatchObject({
      names: { webhookCode: "C" },
    });
  });

  test("B6 a hundred thousand levels of nesting do no harm", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(read(`{"webhook_type":"A","webhook_code":"B","x":${deep}}`)).toMatchObject({ kind: "other" });
  });

  test("B7 numbers that do not fit do no harm", () => {
    expect(read('{"webhook_type":"A","webhook_code":"B","x":1e400,"y":99999999999999999999}')).toMatchObject({
      kind: "other",
    });
  });

  test("B14 control characters and endless text beside the names do no harm", () => {
    const body = { webhook_type: "A", webhook_code: "B", text: `\u001B[31m\u202E${"x".repeat(1_000_000)}` };
    expect(read(body)).toMatchObject({ kind: "other", names: { webhookType: "A" } });
  });
});

describe("a signed body of no use is called so, with the reason", () => {
  test.each<[string, string | Uint8Array, string]>([
    ["B1 not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "not_utf8"],
    ["B1 cut inside a character", Buffer.from('{"a":"é"}').subarray(0, 7), "not_utf8"],
    ["B1 UTF-16", Buffer.from('{"webhook_type":"A","webhook_code":"B"}', "utf16le"), "not_json"],
    ["B1 not JSON", "webhook_type=ITEM", "not_json"],
    ["B1 a byte order mark", '\uFEFF{"webhook_type":"A","webhook_code":"B"}', "not_json"],
    ["B1 empty", "", "not_json"],
    ["B1 cut off", '{"webhook_type":"A",', "not_json"],
    ["B2 null", "null", "not_object"],
    ["B2 a list", "[]", "not_object"],
    ["B2 text", '"x"', "not_object"],
    ["B2 a number", "42", "not_object"],
    ["B2 a truth value", "true", "not_object"],
    ["no names", "{}", "bad_fields"],
    ["no code", '{"webhook_type":"ITEM"}', "bad_fields"],
    ["no type", '{"webhook_code":"ERROR"}', "bad_fields"],
    ["a type that is null", '{"webhook_type":null,"webhook_code":"B"}', "bad_fields"],
    ["a type that is a number", '{"webhook_type":1,"webhook_code":"B"}', "bad_fields"],
    ["an empty code", '{"webhook_type":"A","webhook_code":""}', "bad_fields"],
    ["an Item id that is a list", '{"webhook_type":"A","webhook_code":"B","item_id":["x"]}', "bad_fields"],
    ["B3 NUL in a type", String.raw`{"webhook_type":"A\u0000","webhook_code":"B"}`, "bad_fields"],
    ["B3 NUL in an Item id", String.raw`{"webhook_type":"A","webhook_code":"B","item_id":"x\u0000"}`, "bad_fields"],
    ["B4 a lone surrogate", String.raw`{"webhook_type":"A","webhook_code":"B","item_id":"\ud800"}`, "bad_fields"],
    ["B5 an Item id of 8 kB", `{"webhook_type":"A","webhook_code":"B","item_id":"${"a".repeat(8_192)}"}`, "bad_fields"],
    ["B14 a line end in a code", String.raw`{"webhook_type":"A","webhook_code":"B\nC"}`, "bad_fields"],
    ["B11 another environment", '{"webhook_type":"A","webhook_code":"B","environment":"production"}', "environment"],
    ["an environment of a stranger", '{"webhook_type":"A","webhook_code":"B","environment":"Sandbox"}', "environment"],
  ])("%s", (_what, body, reason) => {
    expect(readWebhook(Buffer.from(body), "sandbox")).toEqual(unreadable(reason));
  });

  test("a null environment names none", () => {
    expect(read({ webhook_type: "A", webhook_code: "B", environment: null })).toMatchObject({ kind: "other" });
  });
});

describe("for any body at all", () => {
  const fixtures = Object.values(WEBHOOK_FIXTURES);
  /** A genuine body with any of its fields gone, or replaced by anything. */
  const broken = fc.constantFrom(...fixtures).chain((fixture) =>
    fc
      .record(Object.fromEntries(Object.keys(fixture).map((key) => [key, fc.jsonValue({ maxDepth: 1 })])), {
        requiredKeys: [],
      })
      .chain((odd) =>
        fc.subarray(Object.keys(odd)).map((keys) => ({
          ...fixture,
          ...Object.fromEntries(keys.map((key) => [key, odd[key]])),
        })),
      ),
  );
  const almost = fc.record(
    {
      webhook_type: fc.oneof(fc.constantFrom("ITEM", "LINK"), fc.jsonValue()),
      webhook_code: fc.oneof(fc.constantFrom("ERROR", "LOGIN_REPAIRED", "EVENTS"), fc.jsonValue()),
      item_id: fc.jsonValue(),
      environment: fc.oneof(fc.constant("sandbox"), fc.jsonValue()),
      error: fc.oneof(fc.constant(loginRequired), fc.jsonValue()),
      events: fc.array(
        fc.record({ event_id: fc.jsonValue(), event_name: fc.jsonValue(), event_metadata: fc.jsonValue() }),
      ),
    },
    { requiredKeys: [] },
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.json().map((text) => Buffer.from(text)),
    almost.map((body) => Buffer.from(JSON.stringify(body))),
    broken.map((body) => Buffer.from(JSON.stringify(body))),
    // Cut short somewhere.
    fc
      .tuple(fc.constantFrom(...fixtures), fc.nat(400))
      .map(([fixture, end]) => toWebhookBody(fixture).subarray(0, end)),
  );

  test("reading does not throw, and names are fit for an index and a log line", () => {
    fc.assert(
      fc.property(bytes, (body) => {
        const webhook = readWebhook(body, "sandbox");
        const names: (string | null)[] = webhook.kind === "unreadable" ? [] : Object.values(webhook.names);
        const times: (Date | null)[] = [];
        if (webhook.kind === "link") {
          names.push(webhook.linkSessionId);
          for (const { at, ...event } of webhook.events) {
            times.push(at);
            names.push(...Object.values(event));
          }
        }
        if (webhook.kind === "account_revoked") names.push(webhook.plaidAccountId);
        if (webhook.kind === "institution") names.push(webhook.institutionId);
        if (webhook.kind === "item" && webhook.event.kind === "pending_reported") {
          names.push(webhook.event.pending.reason);
          times.push(webhook.event.pending.at);
        }
        for (const name of names) expect(name ?? "none").toMatch(/^[\x21-\x7e]{1,128}$/);
        for (const time of times) expect(time?.getTime()).not.toBeNaN();
      }),
      { numRuns: 2_000 },
    );
  });
});
