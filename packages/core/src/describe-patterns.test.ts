import { expect, test } from "vitest";
import { describePatterns } from "./describe-patterns.ts";
import { EVENT_TYPE_NAMES, isSubscribable } from "./event-types.ts";

test.each<[string[], string[]]>([
  [["item.*"], ["Connections to banks"]],
  [["item.error", "item.repaired"], ["Connections to banks"]],
  [
    ["reauth.completed", "item.*"],
    ["Connections to banks", "How users are asked to reconnect"],
  ],
  [["*"], ["Connections to banks", "How users are asked to reconnect", "Everything that Plaid tells"]],
  [["endpoint.*", "delivery.exhausted"], ["Whether messages to your team’s own systems arrive"]],
])("%j is told in words", (patterns, beginnings) => {
  const lines = describePatterns(patterns);
  expect(lines).toHaveLength(beginnings.length);
  for (const [index, beginning] of beginnings.entries()) expect(lines[index]).toMatch(new RegExp(`^${beginning}`));
});

test.each(EVENT_TYPE_NAMES.filter(isSubscribable))("%s has words", (type) => {
  expect(describePatterns([type])).toHaveLength(1);
});
