import { expect, test, vi } from "vitest";
import { type Connection, createIdleConnections } from "./connections.ts";

function connectionTo(origin: string) {
  let isOpen = true;
  return {
    origin,
    address: "192.0.2.1",
    request: vi.fn<Connection["request"]>(),
    isUsable: () => isOpen,
    destroy: vi.fn(() => {
      isOpen = false;
    }),
  };
}

const HERE = "https://hooks.example.com";
const THERE = "https://other.example.com";

test("the connection that was used last is used again, and by one request at a time", () => {
  const idle = createIdleConnections();
  const [first, second, other] = [connectionTo(HERE), connectionTo(HERE), connectionTo(THERE)];
  for (const connection of [first, second, other]) idle.keep(connection);
  expect(idle.take(HERE)).toBe(second);
  expect(idle.take(HERE)).toBe(first);
  expect(idle.take(HERE)).toBeUndefined();
  expect(idle.take(THERE)).toBe(other);
});

test("one that can no longer be used is closed, when it comes back or when it is looked for", () => {
  const idle = createIdleConnections();
  const [late, old] = [connectionTo(HERE), connectionTo(HERE)];
  late.isUsable = () => false;
  idle.keep(late);
  idle.keep(old);
  old.isUsable = () => false;
  expect(idle.take(HERE)).toBeUndefined();
  expect(late.destroy).toHaveBeenCalledTimes(1);
  expect(old.destroy).toHaveBeenCalledTimes(1);
});

test("of very many receivers, the connections that have waited longest are closed", () => {
  const idle = createIdleConnections();
  const many = Array.from({ length: 300 }, (_, index) => connectionTo(`https://receiver-${index}.example.com`));
  for (const connection of many) idle.keep(connection);
  expect(many.map(({ isUsable }) => isUsable())).toEqual(many.map((_, index) => index >= 300 - 256));
});

test("closing closes those that wait, and those that come back later", () => {
  const idle = createIdleConnections();
  const [waiting, busy] = [connectionTo(HERE), connectionTo(HERE)];
  idle.keep(waiting);
  idle.close();
  idle.keep(busy);
  expect([waiting.isUsable(), busy.isUsable()]).toEqual([false, false]);
  expect(idle.take(HERE)).toBeUndefined();
});
