import { deliverySettings, readSettings, SettingsError } from "@relink/service";
import { expect, test } from "vitest";
import { checkTargetUrl } from "./guard/check-target-url.ts";
import { readTargetPolicy } from "./target-settings.ts";

const OWN = {
  LINK_PUBLIC_URL: "https://relink.example.com",
  API_PUBLIC_URL: "https://api.example.com:8443",
  PLAID_WEBHOOK_URL: "http://127.0.0.1:4000/webhooks/plaid",
};

function policyOf(env: Record<string, string>) {
  return readTargetPolicy("test", readSettings("test", deliverySettings, { ...OWN, ...env }));
}

function isAllowed(url: string, env: Record<string, string>): boolean {
  try {
    checkTargetUrl(url, policyOf(env));
    return true;
  } catch {
    return false;
  }
}

test.each<[string, Record<string, string>, boolean]>([
  ["https://hooks.example.com/", {}, true],
  ["https://hooks.example.com:8443/", {}, false],
  ["https://hooks.example.com:8443/", { DELIVERY_ALLOWED_PORTS: "8443" }, true],
  ["https://hooks.example.com:8443/", { DELIVERY_ALLOWED_PORTS: "9443, 8000-8999" }, true],
  ["https://hooks.example.com:9000/", { DELIVERY_ALLOWED_PORTS: "9443, 8000-8999" }, false],
  ["http://hooks.example.com/", {}, false],
  ["http://hooks.example.com/", { DELIVERY_ALLOW_HTTP: "true" }, true],
  ["https://relink.example.com/", {}, false],
  ["https://api.example.com/", {}, false],
  ["https://hooks.example.com/", { PLAID_WEBHOOK_URL: "https://hooks.example.com/webhooks/plaid" }, false],
  ["https://10.20.0.1/", { DELIVERY_ALLOWED_TARGETS: "billing.internal, 10.20.0.0/16" }, true],
  ["https://billing.internal/", { DELIVERY_ALLOWED_TARGETS: "billing.internal, 10.20.0.0/16" }, true],
  ["https://127.0.0.1/", { DELIVERY_ALLOWED_TARGETS: "127.0.0.0/8" }, false],
  ["https://127.0.0.1/", { DELIVERY_ALLOWED_TARGETS: "127.0.0.0/8", DELIVERY_ALLOW_LOOPBACK: "true" }, true],
])("%s with %j: allowed %s", (url, env, expected) => {
  expect(isAllowed(url, env)).toBe(expected);
});

test.each<[Record<string, string>, string]>([
  [{ DELIVERY_ALLOWED_TARGETS: "10.0.0.0/33" }, "DELIVERY_ALLOWED_TARGETS: 10.0.0.0/33: not a network"],
  [{ DELIVERY_ALLOWED_TARGETS: "a.example,,b.example" }, "DELIVERY_ALLOWED_TARGETS: "],
  [{ DELIVERY_ALLOWED_PORTS: "https" }, "DELIVERY_ALLOWED_PORTS: must be ports"],
  [{ DELIVERY_ALLOWED_PORTS: "0" }, "DELIVERY_ALLOWED_PORTS: must be ports"],
  [{ DELIVERY_ALLOWED_PORTS: "9000-8000" }, "DELIVERY_ALLOWED_PORTS: must be ports"],
  [{ DELIVERY_ALLOWED_PORTS: "65536" }, "DELIVERY_ALLOWED_PORTS: must be ports"],
  [{ DELIVERY_ALLOW_HTTP: "yes" }, "DELIVERY_ALLOW_HTTP: must be true or false"],
])("%j is named as wrong when an app starts", (env, problem) => {
  expect(() => policyOf(env)).toThrow(SettingsError);
  expect(() => policyOf(env)).toThrow(problem);
});
