import { expect, test } from "vitest";
import { isTargetRefused } from "./is-target-refused.ts";
import { createTargetPolicy } from "./target-policy.ts";

const policy = createTargetPolicy();
const answer =
  (...addresses: string[]) =>
  () =>
    Promise.resolve(addresses);

test.each([
  ["https://hooks.example.com/", ["93.184.216.34"], false],
  ["https://hooks.example.com/", ["10.0.0.1"], true],
  ["https://hooks.example.com/", ["93.184.216.34", "::1"], true], // one is enough
  ["https://hooks.example.com/", ["::ffff:169.254.169.254"], true],
  ["https://1.1.1.1/", [], false], // an address is not looked up
  ["https://[::1]/", [], true],
])("%s at %j: %s", async (url, addresses, isRefused) => {
  expect(await isTargetRefused(new URL(url), policy, answer(...addresses))).toBe(isRefused);
});

test("a name that has no address yet is not refused", async () => {
  const none = () => Promise.reject(new Error("queryA ENOTFOUND"));
  expect(await isTargetRefused(new URL("https://hooks.example.com/"), policy, none)).toBe(false);
});

test("a network that is allowed is not refused", async () => {
  const inside = createTargetPolicy({ allowed: ["10.20.0.0/16"] });
  expect(await isTargetRefused(new URL("https://hooks.example.com/"), inside, answer("10.20.0.1"))).toBe(false);
});
