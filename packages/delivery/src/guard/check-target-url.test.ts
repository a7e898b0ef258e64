import { describe, expect, test } from "vitest";
import { type TargetUrlProblem, TargetUrlError, checkTargetUrl } from "./check-target-url.ts";
import { type TargetPolicyOptions, createTargetPolicy } from "./target-policy.ts";

function problemOf(text: string, options: TargetPolicyOptions = {}): TargetUrlProblem | null {
  try {
    checkTargetUrl(text, createTargetPolicy(options));
    return null;
  } catch (error) {
    if (error instanceof TargetUrlError) return error.problem;
    throw error;
  }
}

test("a URL is given back as it will be called", () => {
  const url = checkTargetUrl("https://Hooks.Example.com:443/relink/../in?team=1", createTargetPolicy());
  expect(url.href).toBe("https://hooks.example.com/in?team=1");
});

test.each<[string, TargetUrlProblem]>([
  ["https://hooks.example.com/x", "scheme"],
  ["https://1.1.1.1/", "scheme"],
  ["https://[2606:4700:4700::1111]/", "scheme"],
  ["https://bücher.example/", "scheme"],
])("%s may be called, and not without TLS", (text, problem) => {
  expect(problemOf(text)).toBeNull();
  expect(problemOf(text.replace("https:", "http:"))).toBe(problem);
  expect(problemOf(text.replace("https:", "http:"), { allowHttp: true })).toBeNull();
});

test.each<[string, TargetUrlProblem]>([
  ["", "not_a_url"],
  ["hooks.example.com/in", "not_a_url"],
  ["https://", "not_a_url"],
  ["https://a b.example/", "not_a_url"],
  ["ftp://hooks.example.com/", "scheme"],
  ["file:///etc/passwd", "scheme"],
  ["gopher://hooks.example.com/", "scheme"],
  ["javascript:alert(1)", "scheme"],
  ["https://ada:secret@hooks.example.com/", "credentials"],
  ["https://ada@hooks.example.com/", "credentials"],
  ["https://hooks.example.com/#in", "fragment"],
  ["https://hooks.example.com/\tin", "control_character"],
  ["https://hooks.exa\nmple.com/", "control_character"],
  ["https://hooks.example.com/\u0000", "control_character"],
  ["https://hooks.example.com/\u0085", "control_character"],
  [`https://hooks.example.com/${"a".repeat(2_048)}`, "too_long"],
  [`https://hooks.example.com/${"é".repeat(1_000)}`, "too_long"],
  ["https://hooks.example.com:8443/", "port"],
  ["https://hooks.example.com:22/", "port"],
  ["https://hooks.example.com:80/", "port"],
  ["https://localhost/", "host"],
  ["https://LOCALHOST/", "host"],
  ["https://api.localhost/", "host"],
  ["https://printer.local/", "host"],
  ["https://metadata.google.internal/computeMetadata/v1/", "host"],
  ["https://router.home.arpa/", "host"],
  ["https://billing/", "host"],
  ["https://hooks.example.com./", "host"],
  ["https://relink.example.com/", "host"],
  ["https://10.0.0.1/", "address"],
  ["https://[::1]/", "address"],
  ["https://[fd00:ec2::254]/", "address"],
  ["https://169.254.169.254/latest/meta-data/", "address"],
])("%s is refused: %s", (text, problem) => {
  expect(problemOf(text, { ownHosts: ["relink.example.com"] })).toBe(problem);
});

describe("every spelling of an address is the address", () => {
  /** What the parser makes of the host, and what we say. */
  test.each<[string, string | null, TargetUrlProblem | null]>([
    ["http://0x7f.1/", "127.0.0.1", "address"],
    ["http://2130706433/", "127.0.0.1", "address"],
    ["http://0177.0.0.1/", "127.0.0.1", "address"],
    ["http://127.1/", "127.0.0.1", "address"],
    ["http://127。0。0。1/", "127.0.0.1", "address"],
    ["http://①②⑦.0.0.1/", "127.0.0.1", "address"],
    ["http://127.0.0.1./", "127.0.0.1", "address"],
    ["http:///127.0.0.1/", "127.0.0.1", "address"],
    ["http:127.0.0.1", "127.0.0.1", "address"],
    ["http://0xA9FEA9FE/", "169.254.169.254", "address"],
    ["http://169.254.43518/", "169.254.169.254", "address"],
    ["http://0/", "0.0.0.0", "address"],
    ["http://[::ffff:127.0.0.1]/", "[::ffff:7f00:1]", "address"],
    ["http://[::127.0.0.1]/", "[::7f00:1]", "address"],
    ["http://localhost./", "localhost.", "host"],
    ["http://user@127.0.0.1/", "127.0.0.1", "credentials"],
    ["http://127.0.0.1%2f@a.com/", "a.com", "credentials"],
    ["http://a.com@127.0.0.1/", "127.0.0.1", "credentials"],
    ["http://a.com\\@127.0.0.1/", "a.com", null],
    ["http://1.1.1.1#@127.0.0.1/", "1.1.1.1", "fragment"],
    ["http://[fe80::1%25eth0]/", null, "not_a_url"],
    ["http://256.0.0.1/", null, "not_a_url"],
    ["http://08.0.0.1/", null, "not_a_url"],
    ["http://127.0.0.1:80:80/", null, "not_a_url"],
  ])("%s", (text, host, problem) => {
    expect(URL.parse(text)?.hostname ?? null).toBe(host);
    expect(problemOf(text, { allowHttp: true })).toBe(problem);
  });
});

test.each<[string, TargetPolicyOptions, TargetUrlProblem | null]>([
  ["https://billing/", { allowed: ["billing"] }, null],
  ["https://billing.internal/", { allowed: ["billing.internal"] }, null],
  ["https://other.internal/", { allowed: ["billing.internal"] }, "host"],
  ["https://10.20.0.1/", { allowed: ["10.20.0.0/16"] }, null],
  ["https://[fd12:3456::1]/", { allowed: ["fd12:3456::/48"] }, null],
  ["https://127.0.0.1/", { allowed: ["127.0.0.0/8"] }, "address"],
  ["https://127.0.0.1/", { allowed: ["127.0.0.0/8"], allowLocal: true }, null],
  ["https://hooks.example.com:8443/", { extraPorts: [8443] }, null],
  ["https://hooks.example.com:8444/", { extraPorts: [8443] }, "port"],
  ["http://hooks.example.com:443/", { allowHttp: true }, "port"],
])("%s with %j: %s", (text, options, problem) => {
  expect(problemOf(text, options)).toBe(problem);
});

test("the error says what to do, and nothing of the URL", () => {
  const refused = () => checkTargetUrl("https://10.0.0.1/?token=hush", createTargetPolicy());
  expect(refused).toThrow(
    expect.objectContaining({
      code: "ERR_TARGET_URL",
      retryable: false,
      message: "the address is not one of the public internet: use a public one, or ask the operator to allow it",
    }),
  );
});
