import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readWebhook } from "./read-webhook.ts";

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
  test("reading does not throw, and names are fit for an index and a log line", () => {
    const almost = fc.record(
      {
        webhook_type: fc.oneof(fc.constantFrom("ITEM", "LINK"), fc.jsonValue()),
        webhook_code: fc.oneof(fc.constantFrom("ERROR", "LOGIN_REPAIRED"), fc.jsonValue()),
        item_id: fc.jsonValue(),
        environment: fc.oneof(fc.constant("sandbox"), fc.jsonValue()),
        error: fc.oneof(fc.constant(loginRequired), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.json().map((text) => Buffer.from(text)),
      almost.map((body) => Buffer.from(JSON.stringify(body))),
    );
    fc.assert(
      fc.property(bytes, (body) => {
        const webhook = readWebhook(body, "sandbox");
        const names = webhook.kind === "unreadable" ? [] : Object.values(webhook.names);
        for (const name of names) expect(name ?? "none").toMatch(/^[\x21-\x7e]{1,128}$/);
      }),
      { numRuns: 2_000 },
    );
  });
});
