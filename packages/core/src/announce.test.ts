import fc from "fast-check";
import { expect, test } from "vitest";
import { type Announcement, announceItem, isItemStateEvent, supersedes, type Told } from "./announce.ts";
import { EVENT_TYPE_NAMES, type EventType } from "./event-types.ts";
import { ITEM_STATUS_KINDS, type ItemStatus, type ItemStatusKind } from "./item-status.ts";

const day = (date: number): Date => new Date(Date.UTC(2026, 0, date));

function status(kind: ItemStatusKind, { code = "CODE", ends = day(9) } = {}): ItemStatus {
  if (kind === "healthy" || kind === "removed") return { kind };
  if (kind === "expiring") return { kind, at: ends, reason: "CONSENT" };
  return { kind, error: { type: "ITEM_ERROR", code, reason: null } };
}

function told(kind: ItemStatusKind, { code = "CODE", ends = day(9) } = {}): Told {
  const hasError = !["healthy", "removed", "expiring"].includes(kind);
  return { kind, errorCode: hasError ? code : null, endsAt: kind === "expiring" ? ends : null };
}

/** E: item.error, R: item.repaired, X: item.expiring, D: item.degraded, V: item.revoked, G: item.removed, -: nothing. */
const LETTERS = {
  E: "item.error",
  R: "item.repaired",
  X: "item.expiring",
  D: "item.degraded",
  V: "item.revoked",
  G: "item.removed",
} as const;
const written = (news: readonly Announcement[]): string => {
  const letterOf = (type: EventType) => Object.entries(LETTERS).find(([, each]) => each === type)?.[0];
  return news.map(({ type }) => letterOf(type)).join("") || "-";
};

// What was told, and what each status then gives, with the same code and the same date before and after.
test.each([
  //                    healthy expiring login bank degraded new dev revoked removed
  "nothing               -       X        E     E    D        E   E   V       G",
  "healthy               -       X        E     E    D        E   E   V       G",
  "expiring              R       -        E     E    D        E   E   V       G",
  "login_required        R       RX       -     E    -        E   E   V       G",
  "bank_action_required  R       RX       E     -    -        E   E   V       G",
  "degraded              R       RX       E     E    -        E   E   V       G",
  "needs_new_item        R       RX       E     E    -        -   E   V       G",
  "needs_developer       R       RX       E     E    -        E   -   V       G",
  "revoked               R       RX       E     E    -        E   E   -       G",
  "removed               R       RX       E     E    D        E   E   V       -",
])("%s", (row) => {
  const [before, ...expected] = row.split(/ +/);
  const known = before === "nothing" ? null : told(before as ItemStatusKind);
  expect(ITEM_STATUS_KINDS.map((kind) => written(announceItem(known, status(kind))))).toEqual(expected);
});

test.each<[string, Told, ItemStatus, EventType[]]>([
  ["another code is another alarm", told("login_required"), status("login_required", { code: "X" }), ["item.error"]],
  ["another date is told", told("expiring"), status("expiring", { ends: day(10) }), ["item.expiring"]],
  ["an outage that gets another name is no news", told("degraded"), status("degraded", { code: "X" }), []],
  ["nor is a revocation", told("revoked"), status("revoked", { code: "X" }), []],
])("%s", (_title, before, now, types) => {
  expect(announceItem(before, now).map(({ type }) => type)).toEqual(types);
});

test("what has been told is what is true, with its code or date", () => {
  expect(announceItem(null, status("login_required"))).toEqual([{ type: "item.error", told: told("login_required") }]);
  expect(announceItem(told("degraded"), status("expiring"))).toEqual([
    { type: "item.repaired", told: told("healthy") },
    { type: "item.expiring", told: told("expiring") },
  ]);
});

test("a break that an outage hides for a while is told once", () => {
  const way = ["login_required", "degraded", "login_required", "degraded", "healthy"] as const;
  expect(tell(way.map((kind) => status(kind)))).toEqual(["item.error", "item.repaired"]);
});

const anyStatus = fc
  .tuple(fc.constantFrom(...ITEM_STATUS_KINDS), fc.constantFrom("A", "B"), fc.constantFrom(9, 10))
  .map(([kind, code, date]) => status(kind, { code, ends: day(date) }));

test("whatever happens, repaired comes after something else, never twice, and last if the Item is well", () => {
  fc.assert(
    fc.property(fc.array(anyStatus, { maxLength: 30 }), (way) => {
      const types = tell([...way, status("healthy")]);
      const before = types.flatMap((type, index) => (type === "item.repaired" ? [types[index - 1]] : []));
      expect(before).not.toContain(undefined);
      expect(before).not.toContain("item.repaired");
      expect(["item.repaired", undefined]).toContain(types.at(-1));
    }),
    { numRuns: 2_000 },
  );
});

test("what is known already is never told again", () => {
  fc.assert(
    fc.property(fc.array(anyStatus, { maxLength: 20 }), anyStatus, (way, last) => {
      expect(tell([...way, last, last])).toEqual(tell([...way, last]));
    }),
    { numRuns: 2_000 },
  );
});

function tell(way: readonly ItemStatus[]): EventType[] {
  const types: EventType[] = [];
  let known: Told | null = null;
  for (const now of way) {
    const news = announceItem(known, now);
    types.push(...news.map(({ type }) => type));
    known = news.at(-1)?.told ?? known;
  }
  return types;
}

test("a newer state takes the place of older ones, and of nothing else", () => {
  const states: EventType[] = EVENT_TYPE_NAMES.filter(isItemStateEvent);
  expect(states.toSorted()).toEqual(Object.values(LETTERS).toSorted());
  for (const newer of EVENT_TYPE_NAMES) {
    for (const older of EVENT_TYPE_NAMES) {
      const isState = states.includes(newer) && states.includes(older);
      const isGoodNewsKept = newer === "item.expiring" && older === "item.repaired";
      expect(supersedes(newer, older)).toBe(isState && !isGoodNewsKept);
    }
  }
});
