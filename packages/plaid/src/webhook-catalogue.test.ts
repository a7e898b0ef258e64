import { expect, test } from "vitest";
import { WEBHOOK_CATALOGUE } from "./webhook-catalogue.ts";

test("names each of 87 webhooks once, in order", () => {
  const pairs = WEBHOOK_CATALOGUE.map(({ type, code }) => `${type}/${code}`);
  expect(new Set(pairs).size).toBe(87);
  expect(pairs).toEqual(pairs.toSorted());
});

test("what concerns the state of an Item is about an Item, and what concerns Link about a session", () => {
  for (const webhook of WEBHOOK_CATALOGUE) {
    expect(webhook.class === "state").toBe(webhook.type === "ITEM");
    expect(webhook.class === "link").toBe(webhook.scope === "link_session");
    expect(webhook.class === "processor").toBe(webhook.scope === "processor_token");
    expect(webhook.class === "institution").toBe(webhook.scope === "institution");
  }
});
