import { Writable } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { createErrorLog, createLogger, createLogThrottle, describeError } from "./logger.ts";
import { Secret } from "./secret.ts";

function recording() {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString("utf8"));
      done();
    },
  });
  return { lines, logger: createLogger({ app: "test", level: "info" }, stream) };
}

test("an HTTP client's error leaves its request, headers and keys behind", () => {
  const { lines, logger } = recording();
  const error = Object.assign(new Error("Request failed with status code 400"), {
    config: { headers: { "PLAID-SECRET": "marker-secret" }, data: '{"access_token":"marker-token"}' },
    response: { data: "marker-body" },
    code: "ERR_BAD_REQUEST",
  });
  logger.error({ event: "x", error });
  logger.error({ event: "x", err: error });
  logger.error({ event: "x", error: new Error("wrapped", { cause: error }) });
  expect(lines).toHaveLength(3);
  expect(lines.join("")).not.toContain("marker");
  expect(lines.join("")).toContain("ERR_BAD_REQUEST");
});

test("a failed statement's parameters stay out of the log, and its cause gets in", () => {
  const cause = Object.assign(new Error("duplicate key value violates unique constraint"), { code: "23505" });
  const error = Object.assign(new Error("Failed query: insert …\nparams: ada@example.com", { cause }), {
    query: "insert …",
    params: ["ada@example.com"],
  });
  const description = JSON.stringify(describeError(error));
  expect(description).not.toContain("ada@example.com");
  expect(description).toContain("23505");
});

test("a secret is not printed, whichever way it gets into a line", () => {
  const { lines, logger } = recording();
  const secret = new Secret("marker");
  logger.info({
    event: "x",
    secret,
    nested: { anything: secret },
    accessToken: "marker",
    call: { access_token: "marker" },
  });
  logger.info(`text ${String(secret)}`);
  expect(lines.join("")).not.toContain("marker");
});

test("control characters of foreign text cannot start a line of their own", () => {
  const { lines, logger } = recording();
  logger.info({ event: "x", name: 'a\n{"level":"fatal"}\u001b[31m' });
  expect(lines.join("").trimEnd()).not.toContain("\n");
  expect(lines.join("")).not.toContain("\u001b");
});

test("a flood of one kind is one line a second, which says how many were held back", () => {
  let now = 0;
  const throttled = createLogThrottle(() => now);
  const written: number[] = [];
  for (now of [0, 1, 500, 999, 1_000]) throttled("kind", (held) => written.push(held));
  throttled("another", (held) => written.push(held));
  expect(written).toEqual([0, 3, 0]);

  const clock = vi.spyOn(performance, "now").mockReturnValue(0);
  onTestFinished(() => clock.mockRestore());
  const { lines, logger } = recording();
  const onError = createErrorLog(logger);
  for (let count = 0; count < 1_000; count += 1) onError("redis.error")(new Error("connect ECONNREFUSED"));
  expect(lines).toHaveLength(1);
});
