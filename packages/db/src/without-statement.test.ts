import { createLogger } from "@relink/service";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { expect, test } from "vitest";
import { withoutStatement } from "./without-statement.ts";

test("the values of a failed statement do not reach the log", () => {
  const failed = new DrizzleQueryError("insert into users (email) values ($1)", ["ada@example.com"], new Error("gone"));
  const lines: string[] = [];
  const logger = createLogger({ app: "test", level: "info" }, { write: (line) => void lines.push(line) });
  logger.error({ event: "test", error: withoutStatement(failed) });
  expect(lines.join("")).toContain("gone");
  expect(lines.join("")).not.toContain("ada@example.com");
});

test("other errors stay as they are", () => {
  const error = new TypeError("x is not a function");
  expect(withoutStatement(error)).toBe(error);
});
