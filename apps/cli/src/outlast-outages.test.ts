import { DurabilityError, EncryptionKeyError } from "@relink/db";
import { PlaidUnreachableError } from "@relink/plaid";
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { createOutlastOutages, DatabaseAwayError } from "./outlast-outages.ts";

const never = new AbortController().signal;
const withCode = (code: string) => Object.assign(new Error("a statement failed"), { code });
const wrapped = (code: string) => new Error("Failed query", { cause: withCode(code) });

/** A step that fails with these errors, one each time, and then succeeds. */
function failing(...errors: readonly Error[]) {
  let attempts = 0;
  const step = async (): Promise<string> => {
    const error = errors[attempts];
    attempts += 1;
    if (error !== undefined) throw error;
    return "done";
  };
  return { step, attempts: () => attempts };
}

function outlast(minuteMs: number, signal = never) {
  const notes: string[] = [];
  return { notes, outlastOutages: createOutlastOutages({ signal, minuteMs, note: (line) => notes.push(line) }) };
}

/** The minute passes only where a test says so; the rests take their time. */
function haltMinute() {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

test.each([
  ["a server that is shutting down", wrapped("57P01")],
  ["one that is starting up", wrapped("57P03")],
  ["nobody there", wrapped("ECONNREFUSED")],
  ["too many connections", withCode("53300")],
  ["a connection that breaks", new Error("Connection terminated unexpectedly")],
  ["a standby that is to become the primary", new DurabilityError(["it is a standby"])],
])("%s: the step is done again, and it is told once that it waits", async (_what, error) => {
  haltMinute();
  const { step, attempts } = failing(error, error);
  const { notes, outlastOutages } = outlast(600);
  expect(await outlastOutages(step)).toBe("done");
  expect(attempts()).toBe(3);
  expect(notes).toEqual(["Postgres does not answer: waiting for it, a minute at most.", "Postgres answers again."]);
});

test.each([
  ["a value that does not fit", wrapped("22001")],
  ["a key that is there already", wrapped("23505")],
  ["a right that is missing", wrapped("42501")],
  ["a table that is missing", wrapped("42P01")],
  ["a wrong password", withCode("28P01")],
  ["a key ring that does not fit", new EncryptionKeyError("ENCRYPTION_KEYS does not fit the database")],
  ["Plaid, which is no database", new PlaidUnreachableError("/item/get", "ECONNREFUSED")],
  ["a mistake in the program", new TypeError("x is not a function")],
])("%s: thrown at once and as it is", async (_what, error) => {
  const { step, attempts } = failing(error);
  const { notes, outlastOutages } = outlast(600);
  await expect(outlastOutages(step)).rejects.toBe(error);
  expect(attempts()).toBe(1);
  expect(notes).toEqual([]);
});

test("an outage that outlasts the minute ends every step with what to do, and it is told once that it waits", async () => {
  haltMinute();
  const { notes, outlastOutages } = outlast(300);
  const steps = Array.from({ length: 20 }, () => failing(...Array<Error>(10).fill(wrapped("ECONNREFUSED"))));
  const ending = Promise.allSettled(steps.map(({ step }) => outlastOutages(step)));
  await turn(); // each has failed once
  vi.advanceTimersByTime(300);
  const ended = await ending;
  for (const end of ended) expect(end).toMatchObject({ reason: { code: "ERR_DATABASE_AWAY", retryable: true } });
  for (const { attempts } of steps) expect(attempts()).toBeGreaterThan(1);
  expect(notes).toHaveLength(1);
});

test("a step that alone fails, while others succeed, is given up too", async () => {
  const { step, attempts } = failing(...Array<Error>(10).fill(wrapped("57014")));
  const { outlastOutages } = outlast(120);
  const others = setInterval(() => void outlastOutages(async () => "done"), 1);
  await expect(outlastOutages(step)).rejects.toBeInstanceOf(DatabaseAwayError);
  clearInterval(others);
  expect(attempts()).toBe(5);
});

test("a server that is found to lose what it acknowledges is told as that, in the end", async () => {
  const error = new DurabilityError(["fsync is off"]);
  const { outlastOutages } = outlast(60);
  await expect(outlastOutages(failing(...Array<Error>(10).fill(error)).step)).rejects.toBe(error);
});

test("who waits is let go when the command is to stop", async () => {
  const stop = new AbortController();
  const { step, attempts } = failing(withCode("57P01"), withCode("57P01"));
  const { notes, outlastOutages } = outlast(60_000, stop.signal);
  const waiting = outlastOutages(step);
  await vi.waitFor(() => expect(notes).toHaveLength(1));
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  expect(attempts()).toBe(1);
});
