import { describe, expect, test } from "vitest";
import { type TargetPolicyOptions, TargetPolicyError, createTargetPolicy, whyForbidden } from "./target-policy.ts";

const isForbidden = (address: string, options: TargetPolicyOptions = {}, host = "hooks.example.com") =>
  whyForbidden(address, host, createTargetPolicy(options)) !== null;

/** Every way that is known to reach what is not public. */
const SPECIAL = [
  "0.0.0.0",
  "0.1.2.3",
  "10.0.0.1",
  "100.64.0.1",
  "100.127.255.254",
  "100.100.100.200",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "169.254.170.2",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.0.2.1",
  "192.88.99.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.9",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "168.63.129.16",
  "::",
  "::1",
  "::7f00:1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::ffff:8.8.8.8",
  "::ffff:0:127.0.0.1",
  "::5efe:7f00:1",
  "64:ff9b::7f00:1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b:1::1",
  "100::1",
  "2001::1",
  "2001:2::1",
  "2001:10::1",
  "2001:20::1",
  "2001:db8::1",
  "2002:7f00:1::",
  "2002:a9fe:a9fe::1",
  "3fff::1",
  "4000::1",
  "5f00::1",
  "fc00::1",
  "fd00:ec2::254",
  "fd20:ce::254",
  "fe80::1",
  "fe90::1",
  "febf::1",
  "fec0::1",
  "ff02::1",
];

/** Public ones, most of them right beside a network that is not. */
const PUBLIC = [
  "1.1.1.1",
  "8.8.8.8",
  "11.0.0.1",
  "100.63.255.255",
  "100.128.0.1",
  "128.0.0.1",
  "168.63.129.17",
  "172.15.255.255",
  "172.32.0.1",
  "192.0.1.1",
  "198.17.255.255",
  "198.20.0.1",
  "223.255.255.255",
  "2001:200::1",
  "2001:4860:4860::8888",
  "2400:cb00::1",
  "2606:4700:4700::1111",
  "2a00:1450:4001::1",
];

test.each(SPECIAL)("%s is not called", (address) => {
  expect(isForbidden(address)).toBe(true);
});

test.each(PUBLIC)("%s may be called", (address) => {
  expect(isForbidden(address)).toBe(false);
});

test("what is forbidden is told to the operator with its reason", () => {
  const policy = createTargetPolicy();
  expect(whyForbidden("10.1.2.3", "hooks.example.com", policy)).toBe("10.1.2.3 is special: private");
  expect(whyForbidden("fe80::1", "hooks.example.com", policy)).toBe("fe80::1 is special: link-local");
});

test.each(["", "hooks.example.com", "0x7f.1", "2130706433", "127.1", "0177.0.0.1", "fe80::1%eth0x y", "1.1.1.1/32"])(
  "%j from a resolver is no address, so it is not called",
  (address) => {
    expect(isForbidden(address)).toBe(true);
  },
);

describe("an operator's word", () => {
  const everything = ["0.0.0.0/0", "::/0", "hooks.example.com"];

  test.each<[string, TargetPolicyOptions, boolean]>([
    ["10.20.3.4", { allowed: ["10.20.0.0/16"] }, false],
    ["10.21.3.4", { allowed: ["10.20.0.0/16"] }, true],
    ["10.20.3.4", { allowed: ["10.20.3.4"] }, false],
    ["10.20.3.5", { allowed: ["10.20.3.4"] }, true],
    ["fd12:3456::1", { allowed: ["fd12:3456::/48"] }, false],
    ["fd12:3457::1", { allowed: ["fd12:3456::/48"] }, true],
    ["10.20.3.4", { allowed: ["hooks.example.com"] }, false],
    ["10.20.3.4", { allowed: ["other.example.com"] }, true],
    ["10.20.3.4", { allowed: ["example.com"] }, true],
    ["10.20.3.4", { allowed: ["Hooks.Example.COM"] }, false],
    ["127.0.0.1", { allowed: ["127.0.0.0/8"] }, true],
    ["127.0.0.1", { allowed: ["127.0.0.0/8"], allowLocal: true }, false],
    ["127.0.0.1", { allowed: ["hooks.example.com"] }, true],
    ["127.0.0.1", { allowed: ["hooks.example.com"], allowLocal: true }, false],
    ["127.0.0.1", { allowLocal: true }, true],
    ["::1", { allowed: ["::1"], allowLocal: true }, false],
    // Another address inside: allowing that one is an operator's way.
    ["::ffff:10.20.3.4", { allowed: ["10.20.0.0/16"], allowLocal: true }, true],
    ["::ffff:127.0.0.1", { allowed: everything, allowLocal: true }, true],
    ["0.0.0.0", { allowed: everything, allowLocal: true }, true],
    ["2002:7f00:1::", { allowed: everything, allowLocal: true }, true],
    ["64:ff9b::7f00:1", { allowed: everything, allowLocal: true }, true],
  ])("of %s with %j: forbidden %s", (address, options, expected) => {
    expect(isForbidden(address, options)).toBe(expected);
  });

  test.each([
    "169.254.169.254",
    "169.254.170.2",
    "fd00:ec2::254",
    "fd20:ce::254",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "127.0.0.1",
    "::1",
    "fe80::1",
  ])("alone does not open %s", (address) => {
    expect(isForbidden(address, { allowed: everything })).toBe(true);
    expect(isForbidden(address, { allowed: everything, allowLocal: true })).toBe(false);
  });

  test.each<[string, boolean]>([
    ["64:ff9b::808:808", false],
    ["64:ff9b::7f00:1", true],
    ["64:ff9b::a9fe:a9fe", true],
    ["64:ff9b::a00:1", true],
    ["64:ff9b:1::808:808", true],
  ])("that NAT64 is in use lets the IPv4 address inside decide on %s", (address, expected) => {
    expect(isForbidden(address, { nat64: true })).toBe(expected);
  });

  test.each(["10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/", "::/129", "https://x", "a b", "*.example.com", "", "x:443"])(
    "%j is refused when it is set",
    (entry) => {
      expect(() => createTargetPolicy({ allowed: [entry] })).toThrow(TargetPolicyError);
    },
  );
});
