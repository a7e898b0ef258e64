import fc from "fast-check";
import { expect, test } from "vitest";
import { statusAnsweredBy } from "./error-catalogue.ts";
import { DEFAULT_POLICY, isConfirmed, type ItemEvent, type ItemState, nextItemState } from "./item-state.ts";
import type { ItemError } from "./item-status.ts";

const policy = { ...DEFAULT_POLICY, holdMs: 90_000 };
const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const loginRequired: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };
const down: ItemError = { type: "INSTITUTION_ERROR", code: "INSTITUTION_DOWN", reason: null };
const notFound: ItemError = { type: "ITEM_ERROR", code: "ITEM_NOT_FOUND", reason: null };

const fresh: ItemState = { status: { kind: "healthy" }, askedAt: at(0), hintAt: null, episode: null };

const broke = (second: number, error: ItemError | null = loginRequired): ItemEvent => ({
  kind: "error_reported",
  at: at(second),
  error,
});
const healed = (second: number): ItemEvent => ({ kind: "repair_reported", at: at(second) });
const answered = (second: number, error: ItemError | null): ItemEvent => ({
  kind: "answered",
  askedAt: at(second),
  error,
});

function run(...events: ItemEvent[]): { state: ItemState; effects: string[] } {
  let state = fresh;
  const effects: string[] = [];
  for (const event of events) {
    const next = nextItemState(state, event, policy);
    state = next.state;
    effects.push(...next.effects.map((effect) => effect.kind));
  }
  return { state, effects };
}

test("a break that Plaid confirms owes one mail, after the hold", () => {
  const { state } = run(broke(10));
  expect(state.status.kind).toBe("login_required");
  expect(isConfirmed(state)).toBe(false);

  const confirmed = nextItemState(state, answered(12, loginRequired), policy);
  expect(isConfirmed(confirmed.state)).toBe(true);
  expect(confirmed.effects).toEqual([
    { kind: "confirm_episode", at: at(12) },
    { kind: "owe_mail", dueAt: at(10 + 90) },
  ]);
});

test.each<[string, ItemEvent[], string, string[]]>([
  [
    "a false alarm closes silently",
    [broke(10), answered(12, null)],
    "healthy",
    ["ask", "open_episode", "close_episode"],
  ],
  [
    "a late LOGIN_REPAIRED wins over the mail",
    [broke(10), answered(12, loginRequired), healed(20), answered(22, null)],
    "healthy",
    ["ask", "open_episode", "confirm_episode", "owe_mail", "ask", "close_episode"],
  ],
  ["a webhook delivered twice asks once", [broke(10), broke(10)], "login_required", ["ask", "open_episode"]],
  ["a webhook older than the answer does nothing", [answered(12, null), broke(10)], "healthy", []],
  [
    "an answer older than a webhook does nothing",
    [broke(10), answered(9, null)],
    "login_required",
    ["ask", "open_episode"],
  ],
  [
    "an answer older than another answer does nothing",
    [answered(12, null), answered(11, loginRequired)],
    "healthy",
    [],
  ],
  ["error: null only asks", [broke(10, null)], "healthy", ["ask"]],
  ["an outage opens no episode", [broke(10, down), answered(12, down)], "degraded", ["ask", "ask"]],
  [
    "an outage holds back a mail that is owed, and its end lets it go",
    [broke(10), answered(12, loginRequired), broke(20, down), answered(22, down), answered(40, loginRequired)],
    "login_required",
    ["ask", "open_episode", "confirm_episode", "owe_mail", "ask", "ask", "hold_mail", "owe_mail"],
  ],
  ["a hint alone never removes an Item", [broke(10, notFound)], "healthy", ["ask"]],
  [
    "a removed Item stays removed, whatever comes",
    [answered(12, notFound), broke(20), healed(21), answered(22, null)],
    "removed",
    [],
  ],
  [
    "removal ends the episode",
    [broke(10), answered(12, notFound)],
    "removed",
    ["ask", "open_episode", "close_episode"],
  ],
  [
    "a break that only Plaid's answer shows opens an episode and owes a mail",
    [answered(12, loginRequired)],
    "login_required",
    ["open_episode", "confirm_episode", "owe_mail"],
  ],
  [
    "a second break is a second episode with a mail of its own",
    [answered(12, loginRequired), answered(20, null), answered(30, loginRequired)],
    "login_required",
    ["open_episode", "confirm_episode", "owe_mail", "close_episode", "open_episode", "confirm_episode", "owe_mail"],
  ],
])("%s", (_title, events, status, effects) => {
  const result = run(...events);
  expect(result.state.status.kind).toBe(status);
  expect(result.effects).toEqual(effects);
});

test("a hint and a question in the same millisecond are asked about again", () => {
  const { state } = run(answered(10, null), broke(10));
  expect(isConfirmed(state)).toBe(false);
  expect(nextItemState(state, answered(10, null), policy).effects).toEqual([]);
});

const errors = fc.constantFrom<(ItemError | null)[]>(
  null,
  loginRequired,
  { type: "ITEM_ERROR", code: "ITEM_LOCKED", reason: null },
  down,
  { type: "ITEM_ERROR", code: "MFA_NOT_SUPPORTED", reason: null },
  { type: "ITEM_ERROR", code: "NOBODY_KNOWS", reason: null },
  { type: "ITEM_ERROR", code: "USER_PERMISSION_REVOKED", reason: null },
);
const event: fc.Arbitrary<ItemEvent> = fc.oneof(
  fc.record({ kind: fc.constant("error_reported" as const), at: fc.nat(50).map(at), error: errors }),
  fc.record({ kind: fc.constant("repair_reported" as const), at: fc.nat(50).map(at) }),
  fc.record({ kind: fc.constant("answered" as const), askedAt: fc.nat(50).map(at), error: errors }),
);

test("any interleaving, followed by one answer, ends in exactly what /item/get says", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), errors, (events, truth) => {
      const { state } = run(...events, answered(51, truth));
      expect(state.status).toEqual(statusAnsweredBy(truth));
      expect(isConfirmed(state)).toBe(true);
      expect(state.episode !== null).toBe(hasEpisode(events, truth));
    }),
    { numRuns: 5_000 },
  );

  // An outage neither opens nor closes an episode: then the history before it decides.
  function hasEpisode(events: ItemEvent[], truth: ItemError | null): boolean {
    if (truth === null) return false;
    return truth === down ? run(...events).state.episode !== null : true;
  }
});

test("an event that comes twice in a row has no effect the second time", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), event, (events, last) => {
      const once = run(...events, last);
      const again = nextItemState(once.state, last, policy);
      expect(again.state).toEqual(once.state);
      expect(again.effects.filter(({ kind }) => kind !== "ask")).toEqual([]);
    }),
    { numRuns: 5_000 },
  );
});

test("each episode owes at most one first mail, unless an outage held it back", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let owed = 0;
      for (const kind of run(...events).effects) {
        if (kind === "open_episode" || kind === "hold_mail") owed = 0;
        if (kind === "owe_mail") owed += 1;
        expect(owed).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 5_000 },
  );
});
