import { expect, test } from "vitest";
import type { EventType } from "./event-types.ts";
import { type EventAttributes, type SubscriptionFilter, wantsEvent } from "./subscription-filter.ts";

const broke: EventAttributes = {
  type: "item.error",
  errorCode: "ITEM_LOGIN_REQUIRED",
  whoActs: "user",
  institutionId: "ins_3",
  products: ["auth", "transactions"],
  environment: "production",
};
const bare = (type: EventType): EventAttributes => ({
  type,
  errorCode: null,
  whoActs: null,
  institutionId: null,
  products: [],
  environment: null,
});

test.each<[string, Partial<SubscriptionFilter>, EventAttributes, boolean]>([
  ["its type", { eventTypes: ["item.error"] }, broke, true],
  ["its family", { eventTypes: ["reauth.*", "item.*"] }, broke, true],
  ["another type", { eventTypes: ["item.repaired"] }, broke, false],
  ["no type", { eventTypes: [] }, broke, false],
  ["its code", { errorCodes: ["ITEM_LOCKED", "ITEM_LOGIN_REQUIRED"] }, broke, true],
  ["another code", { errorCodes: ["ITEM_LOCKED"] }, broke, false],
  ["an empty list of codes", { errorCodes: [] }, broke, true],
  ["no list of codes", { errorCodes: null }, broke, true],
  ["who acts", { whoActs: ["user"] }, broke, true],
  ["somebody else to act", { whoActs: ["operator", "nobody"] }, broke, false],
  ["its bank", { institutionIds: ["ins_3"] }, broke, true],
  ["another bank", { institutionIds: ["ins_4"] }, broke, false],
  ["one of its products", { products: ["transactions"] }, broke, true],
  ["a product it has not", { products: ["identity"] }, broke, false],
  ["its environment", { environments: ["production"] }, broke, true],
  ["another environment", { environments: ["sandbox"] }, broke, false],
  ["all of them", { whoActs: ["user"], institutionIds: ["ins_3"], products: ["auth"] }, broke, true],
  ["all but one of them", { whoActs: ["user"], institutionIds: ["ins_3"], products: ["identity"] }, broke, false],
  ["nothing in particular", {}, bare("reauth.completed"), true],
  ["a code, where there is none", { errorCodes: ["ITEM_LOCKED"] }, bare("reauth.completed"), false],
  ["an actor, where there is none", { whoActs: ["nobody"] }, bare("reauth.completed"), false],
  ["a bank, where there is none", { institutionIds: ["ins_3"] }, bare("webhook.received"), false],
  ["a product, where there is none", { products: ["auth"] }, bare("webhook.received"), false],
  ["an environment, where there is none", { environments: ["production"] }, bare("endpoint.failing"), false],
  ["webhooks by name", { eventTypes: ["webhook.received"] }, bare("webhook.received"), true],
  ["webhooks by family", { eventTypes: ["webhook.*"] }, bare("webhook.received"), true],
  ["everything", { eventTypes: ["*"] }, bare("webhook.received"), true],
  ["other families", { eventTypes: ["item.*", "reauth.*"] }, bare("webhook.received"), false],
  ["everything, but this is for operators", { eventTypes: ["*"] }, bare("endpoint.failing"), false],
])("a filter that asks for %s", (_title, filter, event, expected) => {
  expect(wantsEvent({ eventTypes: ["*"], ...filter }, event)).toBe(expected);
});
