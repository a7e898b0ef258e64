import { describe, expect, test } from "vitest";
import { EVENT_TYPE_NAMES } from "./event-types.ts";
import { type NewsType, type NotificationTopic, TROUBLE_TYPES, type TroubleType } from "./notification-groups.ts";
import { type NotificationFacts, writeNotification } from "./notification-text.ts";

const since = new Date("2026-11-22T09:00:00Z");
const until = new Date("2026-11-22T10:00:00Z");
const common = { environment: "production", institutionId: "ins_109508", requestedId: null, isTest: false };
const loginRequired: NotificationTopic = {
  ...common,
  type: "item.error",
  trouble: { state: "login_required", errorType: "ITEM_ERROR", errorCode: "ITEM_LOGIN_REQUIRED", reason: null },
};
const write = (topic: NotificationTopic, facts: Partial<NotificationFacts> = {}) =>
  writeNotification({
    topic,
    institutionName: "First Platypus Bank",
    count: 400,
    recovered: 0,
    changed: 0,
    since,
    until: null,
    endsAt: null,
    ...facts,
  });
const row = (text: ReturnType<typeof write>, label: string) => text.rows.find((each) => each.label === label)?.value;

describe("a trouble", () => {
  test("says how many connections of which bank broke, why, since when, and whose turn it is", () => {
    const text = write(loginRequired, { recovered: 12 });
    expect(text.tone).toBe("bad");
    expect(text.headline).toBe("First Platypus Bank: 400 connections broke (ITEM_LOGIN_REQUIRED)");
    expect(text.explanation).toContain("signs in again");
    expect(row(text, "Who must act")).toBe("the user");
    expect(row(text, "What to do")).toContain("signs in again");
    expect(row(text, "Since")).toEqual(since);
    expect(row(text, "Repaired by now")).toBe("12 of 400");
  });

  test.each<[string, Partial<NotificationFacts>, string, string]>([
    ["one", { count: 1 }, "bad", "First Platypus Bank: 1 connection broke (ITEM_LOGIN_REQUIRED)"],
    ["thousands", { count: 12_400 }, "bad", "First Platypus Bank: 12,400 connections broke (ITEM_LOGIN_REQUIRED)"],
    [
      "all repaired",
      { recovered: 400, until },
      "good",
      "First Platypus Bank: all 400 connections work again (ITEM_LOGIN_REQUIRED)",
    ],
    [
      "the only one repaired",
      { count: 1, recovered: 1, until },
      "good",
      "First Platypus Bank: the connection works again (ITEM_LOGIN_REQUIRED)",
    ],
    [
      "some repaired, the others broken otherwise",
      { recovered: 390, changed: 10, until },
      "news",
      "First Platypus Bank: no connection has this status any more (ITEM_LOGIN_REQUIRED)",
    ],
    [
      "a bank without a known name",
      { institutionName: null, count: 1 },
      "bad",
      "ins_109508: 1 connection broke (ITEM_LOGIN_REQUIRED)",
    ],
  ])("%s", (_, facts, tone, headline) => {
    expect(write(loginRequired, facts)).toMatchObject({ tone, headline });
  });

  test("that is over says from when until when, and asks nobody for anything", () => {
    const text = write(loginRequired, { recovered: 390, changed: 10, until });
    expect(text.rows).toEqual([
      { label: "Since", value: since },
      { label: "Until", value: until },
      { label: "Repaired by now", value: "390 of 400" },
      { label: "Another status by now", value: "10 of 400" },
    ]);
  });

  test.each<[TroubleType, NonNullable<NotificationTopic["trouble"]>, string, string]>([
    [
      "item.degraded",
      { state: "degraded", errorType: "INSTITUTION_ERROR", errorCode: "INSTITUTION_DOWN", reason: null },
      "First Platypus Bank: trouble at the bank or Plaid with 400 connections (INSTITUTION_DOWN)",
      "nobody",
    ],
    [
      "item.revoked",
      { state: "revoked", errorType: "ITEM_ERROR", errorCode: "USER_PERMISSION_REVOKED", reason: null },
      "First Platypus Bank: users withdrew permission for 400 connections (USER_PERMISSION_REVOKED)",
      "the user",
    ],
    [
      "item.expiring",
      { state: "expiring", errorType: null, errorCode: null, reason: "INSTITUTION_MIGRATION" },
      "First Platypus Bank: 400 connections end unless their users renew them (INSTITUTION_MIGRATION)",
      "the user",
    ],
    [
      "item.error",
      { state: "needs_developer", errorType: "INVALID_INPUT", errorCode: "INVALID_PRODUCT", reason: null },
      "First Platypus Bank: 400 connections broke (INVALID_PRODUCT)",
      "whoever runs the integration",
    ],
  ])("%s", (type, trouble, headline, whoActs) => {
    const text = write({ ...common, type, trouble });
    expect(text.headline).toBe(headline);
    expect(row(text, "Who must act")).toBe(whoActs);
  });

  test("about announced ends says when the first one is", () => {
    const trouble = { state: "expiring", errorType: null, errorCode: null, reason: "CONSENT" } as const;
    const text = write({ ...common, type: "item.expiring", trouble }, { endsAt: until });
    expect(row(text, "The first ends")).toEqual(until);
  });
});

const NEWS = EVENT_TYPE_NAMES.filter((type): type is NewsType => !TROUBLE_TYPES.some((trouble) => trouble === type));

test.each(NEWS)("%s is said of one and of many", (type) => {
  const one = write({ ...common, type, trouble: null }, { count: 1 });
  const many = write({ ...common, type, trouble: null }, { count: 1_200 });
  expect(one.headline).toMatch(/^[A-Z]/);
  expect(one.headline).not.toContain("1,200");
  if (type.startsWith("webhook.") && type !== "webhook.received") return;
  expect(many.headline).toContain("1,200");
  expect(row(many, "Since")).toEqual(since);
  expect(row(one, "Bank")).toBe("First Platypus Bank");
  expect(row(many, "Bank")).toBeUndefined();
});

test("a test says that it is one", () => {
  const text = write({ ...loginRequired, isTest: true }, { count: 1 });
  expect(text.headline).toBe("Test: First Platypus Bank: 1 connection broke (ITEM_LOGIN_REQUIRED)");
  expect(row(text, "This is a test")).toContain("Nothing has happened");
});
