import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  GROUP_LIFE_MS,
  groupKeyOf,
  MESSAGE_WINDOW_MS,
  messageDueAt,
  type NewsType,
  type NotificationGroup,
  type NotificationTopic,
  type NotifiedEvent,
  type NotifiedItem,
  placeEvents,
  type TroubleType,
} from "./notification-groups.ts";

const MINUTE = 60_000;
const T0 = new Date("2026-11-22T09:00:00Z");
const at = (ms: number): Date => new Date(T0.getTime() + ms);

const common = { environment: "production", institutionId: "ins_1", requestedId: null, isTest: false };
const trouble = (
  type: TroubleType,
  errorCode: string | null,
  more: Partial<typeof common> = {},
): NotificationTopic => ({
  ...common,
  ...more,
  type,
  trouble: { state: "login_required", errorType: "ITEM_ERROR", errorCode, reason: null },
});
const news = (type: NewsType): NotificationTopic => ({ ...common, type, trouble: null });
const broken = trouble("item.error", "ITEM_LOGIN_REQUIRED");
const locked = trouble("item.error", "ITEM_LOCKED");

let counter = 0;
const event = (topic: NotificationTopic, itemId: string | null, sequence: number | null, ms = 0): NotifiedEvent => {
  counter += 1;
  return { deliveryId: `d${counter}`, topic, itemId, sequence, at: at(ms), endsAt: null };
};

/** The messages of a team, as a database would keep them. */
class Messages {
  groups: (NotificationGroup & { isClosed: boolean; topic: NotificationTopic })[] = [];
  items: NotifiedItem[] = [];

  /** @returns the key of the message of each event, and what else has changed. */
  place(events: readonly NotifiedEvent[], now = T0) {
    let made = 0;
    const open = this.groups.filter(({ isClosed }) => !isClosed);
    const placement = placeEvents(
      events,
      { groups: open, items: this.items },
      { now, newId: () => `n${this.groups.length + ++made}` },
    );
    for (const group of this.groups) group.isClosed ||= placement.closed.includes(group.id);
    this.groups.push(...placement.created.map((group) => ({ ...group, isOver: false, isClosed: false })));
    const isNewer = (item: NotifiedItem) =>
      placement.items.some(
        ({ notificationId, itemId }) => notificationId === item.notificationId && itemId === item.itemId,
      );
    this.items = [...this.items.filter((item) => !isNewer(item)), ...placement.items];
    return placement;
  }

  in(notificationId: string): Record<string, string> {
    const own = this.items.filter((item) => item.notificationId === notificationId);
    return Object.fromEntries(own.map(({ itemId, state }) => [itemId, state]));
  }
}

describe("which message an event belongs to", () => {
  test.each<[string, NotificationTopic, NotificationTopic, boolean]>([
    ["the same bank and error", broken, trouble("item.error", "ITEM_LOGIN_REQUIRED"), true],
    ["another error", broken, locked, false],
    ["another bank", broken, trouble("item.error", "ITEM_LOGIN_REQUIRED", { institutionId: "ins_2" }), false],
    ["another environment", broken, trouble("item.error", "ITEM_LOGIN_REQUIRED", { environment: "sandbox" }), false],
    ["another trouble with the same code", broken, trouble("item.revoked", "ITEM_LOGIN_REQUIRED"), false],
    ["the same news of two banks", news("item.removed"), { ...news("item.removed"), institutionId: "ins_2" }, true],
    ["other news", news("item.removed"), news("reauth.completed"), false],
    ["what somebody asked for", { ...broken, requestedId: "d1" }, broken, false],
    ["two that somebody asked for", { ...broken, requestedId: "d1" }, { ...broken, requestedId: "d2" }, false],
  ])("%s", (_, one, other, isSame) => {
    expect(groupKeyOf(one) === groupKeyOf(other)).toBe(isSame);
  });

  test("400 Items of one bank with one error are one message, and so are their repairs", () => {
    const messages = new Messages();
    const items = Array.from({ length: 400 }, (_unused, index) => `i${index}`);
    const alarms = messages.place(items.map((item) => event(broken, item, 1)));
    expect(alarms.created.map(({ id, topic }) => [id, topic])).toEqual([["n1", broken]]);
    const repairs = messages.place(items.map((item) => event(news("item.repaired"), item, 2, MINUTE)));
    expect(repairs.created).toEqual([]);
    expect(new Set(repairs.notificationOf.values())).toEqual(new Set(["n1"]));
    expect(new Set(Object.values(messages.in("n1")))).toEqual(new Set(["recovered"]));
  });

  test("a repair reaches the message of its alarm, also one that takes no more alarms", () => {
    const messages = new Messages();
    messages.place([event(broken, "a", 1)]);
    const later = at(GROUP_LIFE_MS);
    messages.place([event(broken, "b", 1)], later);
    const { notificationOf, items } = messages.place([event(news("item.repaired"), "a", 2)], later);
    expect([...notificationOf.values()]).toEqual(["n1"]);
    expect(items).toMatchObject([{ notificationId: "n1", itemId: "a", state: "recovered" }]);
    expect(messages.in("n2")).toEqual({ b: "open" });
  });

  test("a repair of what nobody was told of is news", () => {
    const { created } = new Messages().place([event(news("item.repaired"), "a", 4)]);
    expect(created).toMatchObject([{ topic: { type: "item.repaired", trouble: null } }]);
  });

  test("an Item whose error becomes another one leaves its message, which is changed too", () => {
    const messages = new Messages();
    messages.place([event(broken, "a", 1), event(broken, "b", 1)]);
    const { disturbed } = messages.place([event(locked, "a", 2)]);
    expect(disturbed).toEqual(["n1"]);
    expect(messages.in("n1")).toEqual({ a: "changed", b: "open" });
    expect(messages.in("n2")).toEqual({ a: "open" });
    const repaired = messages.place([event(news("item.repaired"), "a", 3)]);
    expect([...repaired.notificationOf.values(), ...repaired.disturbed]).toEqual(["n2"]);
  });

  test("an Item that is removed leaves its message", () => {
    const messages = new Messages();
    messages.place([event(broken, "a", 1)]);
    const { disturbed, created } = messages.place([event(news("item.removed"), "a", 2)]);
    expect(disturbed).toEqual(["n1"]);
    expect(created).toMatchObject([{ topic: { type: "item.removed" } }]);
    expect(messages.in("n1")).toEqual({ a: "changed" });
  });

  test("an Item that breaks again while the message is open is open again in it", () => {
    const messages = new Messages();
    messages.place([event(broken, "a", 1), event(broken, "b", 1)]);
    messages.place([event(news("item.repaired"), "a", 2, MINUTE)]);
    messages.place([event(broken, "a", 3, 2 * MINUTE)]);
    expect(messages.items.find(({ itemId }) => itemId === "a")).toMatchObject({
      state: "open",
      sequence: 3,
      since: at(2 * MINUTE),
      endedAt: null,
    });
  });

  test("an alarm that was overtaken is told, and opens nothing", () => {
    const messages = new Messages();
    messages.place([event(locked, "a", 5)]);
    messages.place([event(broken, "a", 3)]);
    expect(messages.in("n1")).toEqual({ a: "open" });
    expect(messages.in("n2")).toEqual({ a: "changed" });
  });

  test("the same event twice changes nothing", () => {
    const messages = new Messages();
    const alarm = event(broken, "a", 1);
    messages.place([alarm]);
    const again = messages.place([alarm]);
    expect(again).toMatchObject({ created: [], closed: [], items: [], disturbed: [] });
  });

  test("what somebody asked for is a message of its own, and touches no other", () => {
    const messages = new Messages();
    messages.place([event(broken, "a", 1)]);
    const placed = messages.place([event({ ...broken, requestedId: "d9" }, "a", 1)]);
    expect(placed.created).toMatchObject([{ id: "n2" }]);
    expect(placed.items).toEqual([]);
  });
});

describe("how long a message takes alarms", () => {
  test.each<[string, Partial<NotificationGroup>, number, boolean]>([
    ["it is open", {}, GROUP_LIFE_MS - 1, true],
    ["it is a day old", {}, GROUP_LIFE_MS, false],
    ["all in it is over", { isOver: true }, 0, false],
  ])("%s", (_, group, ms, takes) => {
    const known = { id: "n0", groupKey: groupKeyOf(broken), firstAt: T0, isOver: false, ...group };
    const { closed, created } = placeEvents(
      [event(broken, "a", 1)],
      { groups: [known], items: [] },
      { now: at(ms), newId: () => "n1" },
    );
    expect([created.length, closed]).toEqual(takes ? [0, []] : [1, ["n0"]]);
  });
});

describe("when a message goes out", () => {
  test.each<[string, Parameters<typeof messageDueAt>[0], number]>([
    ["the first, at once", { attemptedAt: null, messages: 0, canEdit: false, isEnd: false }, 0],
    ["a change", { attemptedAt: at(-1), messages: 9, canEdit: true, isEnd: false }, MINUTE - 1],
    ["a change of an old one", { attemptedAt: at(-MINUTE), messages: 9, canEdit: true, isEnd: false }, 0],
    ["a new one", { attemptedAt: at(0), messages: 1, canEdit: false, isEnd: false }, MINUTE],
    ["the third", { attemptedAt: at(0), messages: 2, canEdit: false, isEnd: false }, 5 * MINUTE],
    ["the tenth", { attemptedAt: at(0), messages: 9, canEdit: false, isEnd: false }, 24 * 60 * MINUTE],
    ["the first of a new day", { attemptedAt: at(0), messages: 0, canEdit: false, isEnd: false }, MINUTE],
    ["the good end, whatever came before", { attemptedAt: at(0), messages: 9, canEdit: false, isEnd: true }, MINUTE],
  ])("%s", (_, pace, ms) => {
    expect(messageDueAt(pace, T0)).toEqual(at(ms));
  });
});

interface Step {
  waitMs: number;
  item: number;
  kind: "broken" | "locked" | "repaired" | "removed" | "completed";
}

const TOPICS: Record<Step["kind"], NotificationTopic> = {
  broken,
  locked,
  repaired: news("item.repaired"),
  removed: news("item.removed"),
  completed: news("reauth.completed"),
};

const steps = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 30 * 60 * MINUTE })),
    item: fc.integer({ min: 0, max: 3 }),
    kind: fc.constantFrom(...(Object.keys(TOPICS) as Step["kind"][])),
  }),
  { maxLength: 60 },
);

interface Sent {
  groupKey: string;
  notificationId: string;
  atMs: number;
}

/** Lets the events happen, and sends each message as soon as it is due. */
function run(story: readonly Step[], canEdit: boolean) {
  const messages = new Messages();
  const sent: Sent[] = [];
  const due = new Map<string, number>();
  const told: { notificationId: string; placedMs: number }[] = [];
  const keyOf = (id: string) => messages.groups.find((group) => group.id === id)?.groupKey ?? "";
  const lastOf = (groupKey: string) => sent.findLast((message) => message.groupKey === groupKey)?.atMs;

  const sendAllUntil = (untilMs: number): void => {
    for (;;) {
      const [next] = [...due].toSorted(([, a], [, b]) => a - b);
      if (next === undefined || next[1] > untilMs) return;
      const [notificationId, atMs] = next;
      // An old message of a group, in which something was repaired, waits for its new one too.
      const free = (lastOf(keyOf(notificationId)) ?? Number.NEGATIVE_INFINITY) + MESSAGE_WINDOW_MS;
      if (free > atMs) {
        due.set(notificationId, free);
        continue;
      }
      due.delete(notificationId);
      sent.push({ groupKey: keyOf(notificationId), notificationId, atMs });
      const states = Object.values(messages.in(notificationId));
      for (const group of messages.groups) {
        if (group.id === notificationId) group.isOver = states.length > 0 && !states.includes("open");
      }
    }
  };

  let nowMs = 0;
  const sequences = new Map<number, number>();
  for (const { waitMs, item, kind } of story) {
    nowMs += waitMs;
    sendAllUntil(nowMs);
    const sequence = (sequences.get(item) ?? 0) + 1;
    sequences.set(item, sequence);
    const { notificationOf, disturbed } = messages.place([event(TOPICS[kind], `i${item}`, sequence, nowMs)], at(nowMs));
    for (const notificationId of [...notificationOf.values(), ...disturbed]) {
      const group = messages.groups.find(({ id }) => id === notificationId);
      if (group === undefined) throw new TypeError("an event has a message");
      group.isOver = false;
      const lastMs = lastOf(group.groupKey);
      const states = Object.values(messages.in(notificationId));
      const dueAt = messageDueAt(
        {
          attemptedAt: lastMs === undefined ? null : at(lastMs),
          messages: sent.filter((message) => message.notificationId === notificationId).length,
          canEdit,
          isEnd: states.length > 0 && !states.includes("open"),
        },
        at(nowMs),
      );
      due.set(notificationId, dueAt.getTime() - T0.getTime());
      told.push({ notificationId, placedMs: nowMs });
    }
  }
  sendAllUntil(Number.POSITIVE_INFINITY);
  return { sent, told, messages };
}

test("whatever happens, a group has one message or change in 60 seconds at most", () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (story, canEdit) => {
      const { sent } = run(story, canEdit);
      for (const own of Map.groupBy(sent, ({ groupKey }) => groupKey).values()) {
        const gaps = own.slice(1).map(({ atMs }, index) => atMs - (own[index]?.atMs ?? 0));
        expect(gaps.filter((gap) => gap < MESSAGE_WINDOW_MS)).toEqual([]);
      }
    }),
    { numRuns: 500 },
  );
});

test("whatever happens, each event is told by a message after it, within minutes, or a day where it is one of many", () => {
  fc.assert(
    fc.property(steps, fc.boolean(), (story, canEdit) => {
      const { sent, told } = run(story, canEdit);
      // As many as may wait for each other: one message a day, and the one before it.
      const longest = (canEdit ? 0 : 24 * 60 * MINUTE) + 5 * MESSAGE_WINDOW_MS;
      const lost = told.filter(
        ({ notificationId, placedMs }) =>
          !sent.some(
            (message) =>
              message.notificationId === notificationId &&
              message.atMs >= placedMs &&
              message.atMs <= placedMs + longest,
          ),
      );
      expect(lost).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("whatever happens, an Item is open in one message at most, and only while it has a trouble", () => {
  fc.assert(
    fc.property(steps, (story) => {
      const { messages } = run(story, true);
      for (let item = 0; item <= 3; item += 1) {
        const last = story.findLast((step) => step.item === item && step.kind !== "completed")?.kind;
        const open = messages.items.filter(({ itemId, state }) => itemId === `i${item}` && state === "open");
        expect(open.length).toBe(last === "broken" || last === "locked" ? 1 : 0);
      }
    }),
    { numRuns: 500 },
  );
});
