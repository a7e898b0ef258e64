import fc from "fast-check";
import { expect, test } from "vitest";
import { statusAnsweredBy } from "./error-catalogue.ts";
import {
  DEFAULT_POLICY,
  isConfirmed,
  type ItemEvent,
  type ItemPolicy,
  type ItemState,
  nextItemState,
} from "./item-state.ts";
import type { ItemError } from "./item-status.ts";
import type { Pending } from "./pending.ts";

const policy = { ...DEFAULT_POLICY, holdMs: 90_000 };
const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const loginRequired: ItemError = { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null };
const down: ItemError = { type: "INSTITUTION_ERROR", code: "INSTITUTION_DOWN", reason: null };
const notFound: ItemError = { type: "ITEM_ERROR", code: "ITEM_NOT_FOUND", reason: null };

const fresh: ItemState = {
  status: { kind: "healthy" },
  askedAt: at(0),
  hintAt: null,
  pending: null,
  avertedAt: null,
  consent: { expiresAt: null, renewedAt: null },
  episode: null,
};

const broke = (second: number, error: ItemError | null = loginRequired): ItemEvent => ({
  kind: "error_reported",
  at: at(second),
  error,
});
const healed = (second: number): ItemEvent => ({ kind: "repair_reported", at: at(second) });
const answered = (
  second: number,
  error: ItemError | null,
  more: { consentExpiresAt?: Date | null; isDisplaced?: boolean } = {},
): ItemEvent => ({
  kind: "answered",
  askedAt: at(second),
  error,
  consentExpiresAt: null,
  isDisplaced: false,
  ...more,
});
const DAY = 24 * 60 * 60;
const ends = (day: number): Date => at(day * DAY);
/** Made a week before the date, or at `second`, if that is earlier. */
const announced = (second: number, day: number, kind: Pending["kind"] = "expiration"): ItemEvent => ({
  kind: "pending_reported",
  at: at(second),
  pending: { kind, at: ends(day), reason: kind === "expiration" ? "CONSENT" : "INSTITUTION_MIGRATION" },
});
const renewed = (second: number): ItemEvent => ({ kind: "link_succeeded", at: at(second) });
const newAccounts = (second: number): ItemEvent => ({ kind: "new_accounts_reported", at: at(second) });

function run(...events: ItemEvent[]): { state: ItemState; effects: string[] } {
  return runWith(policy, ...events);
}

function runWith(rules: ItemPolicy, ...events: ItemEvent[]): { state: ItemState; effects: string[] } {
  let state = fresh;
  const effects: string[] = [];
  for (const event of events) {
    const next = nextItemState(state, event, rules);
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
    ["ask", "open_episode", "confirm_episode", "owe_mail", "ask", "ask", "hold_mail", "release_mail"],
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
    "an announced end is a state of a working Item, and its first mail comes a week before",
    [announced(10, 30), answered(12, null, { consentExpiresAt: ends(30) })],
    "expiring",
    ["ask", "open_episode", "ask", "confirm_episode", "owe_mail"],
  ],
  [
    "an announced end that /item/get does not know is a false alarm",
    [announced(10, 5), answered(12, null)],
    "healthy",
    ["ask", "open_episode", "close_episode"],
  ],
  [
    "a consent that ends within a week is an announced end without any webhook",
    [answered(12, null, { consentExpiresAt: ends(6) })],
    "expiring",
    ["ask", "open_episode", "confirm_episode", "owe_mail"],
  ],
  ["a consent that ends later is none", [answered(12, null, { consentExpiresAt: ends(8) })], "healthy", []],
  [
    "a later date ends it",
    [
      announced(10, 5),
      answered(12, null, { consentExpiresAt: ends(5) }),
      answered(20, null, { consentExpiresAt: ends(370) }),
    ],
    "healthy",
    ["ask", "open_episode", "ask", "confirm_episode", "owe_mail", "close_episode"],
  ],
  [
    "a disconnection of which /item/get says nothing goes on until Link was gone through",
    [announced(10, 5, "disconnect"), answered(12, null), answered(20, null)],
    "expiring",
    ["ask", "open_episode", "ask", "confirm_episode", "owe_mail", "ask"],
  ],
  [
    "having gone through Link ends a disconnection, once Plaid says that the Item works",
    [announced(10, 5, "disconnect"), answered(12, null), renewed(20), answered(22, null)],
    "healthy",
    ["ask", "open_episode", "ask", "confirm_episode", "owe_mail", "ask", "close_episode"],
  ],
  [
    "an announcement that comes after an answer counts all the same",
    [answered(12, null), announced(10, 9, "disconnect"), answered(14, null)],
    "expiring",
    ["ask", "open_episode", "ask", "confirm_episode", "owe_mail"],
  ],
  [
    "an announcement that comes after the renewal it asked for announces nothing",
    [renewed(20), answered(22, null), announced(30, 5, "disconnect"), answered(32, null)],
    "healthy",
    ["ask", "ask"],
  ],
  [
    "a repetition of the announcement after that announces nothing",
    [
      announced(10, 5, "disconnect"),
      answered(12, null),
      renewed(20),
      answered(22, null),
      announced(30, 5, "disconnect"),
      answered(32, null),
    ],
    "healthy",
    ["ask", "open_episode", "ask", "confirm_episode", "owe_mail", "ask", "close_episode", "ask"],
  ],
  [
    "a consent that Link has changed before the announcement averts nothing",
    [
      answered(12, null, { consentExpiresAt: ends(300) }),
      renewed(20),
      announced(30, 8, "disconnect"),
      answered(32, null, { consentExpiresAt: ends(370) }),
    ],
    "expiring",
    ["ask", "ask", "open_episode", "ask", "confirm_episode", "owe_mail"],
  ],
  [
    "a disconnection whose day has come without a break is over",
    [announced(10, 5, "disconnect"), answered(12, null), answered(6 * DAY, null)],
    "healthy",
    ["ask", "open_episode", "ask", "confirm_episode", "owe_mail", "close_episode"],
  ],
  [
    "an Item that breaks before its announced end is written to about the break",
    [announced(10, 5, "disconnect"), answered(12, null), broke(20), answered(22, loginRequired)],
    "login_required",
    "ask open_episode ask confirm_episode owe_mail ask close_episode open_episode confirm_episode owe_mail".split(" "),
  ],
  [
    "a login that a newer Item of the same user has put out is for the operator",
    [broke(10), answered(12, loginRequired, { isDisplaced: true })],
    "needs_developer",
    ["ask", "open_episode", "confirm_episode"],
  ],
  ["new accounts are no news to a user who works", [newAccounts(10), answered(12, null)], "healthy", ["ask"]],
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
const dates = fc.constantFrom(null, ends(3), ends(5), ends(400));
const event: fc.Arbitrary<ItemEvent> = fc.oneof(
  fc.record({ kind: fc.constant("error_reported" as const), at: fc.nat(50).map(at), error: errors }),
  fc.record({ kind: fc.constant("repair_reported" as const), at: fc.nat(50).map(at) }),
  fc.record({ kind: fc.constant("new_accounts_reported" as const), at: fc.nat(50).map(at) }),
  fc.record({ kind: fc.constant("link_succeeded" as const), at: fc.nat(50).map(at) }),
  fc
    .tuple(fc.nat(50), fc.constantFrom(3, 5), fc.constantFrom<Pending["kind"]>("expiration", "disconnect"))
    .map(([second, day, kind]) => announced(second, day, kind)),
  fc
    .tuple(fc.nat(50), errors, dates)
    .map(([second, error, consentExpiresAt]) => answered(second, error, { consentExpiresAt })),
);

test("users who want to hear of new accounts are told once, and not again when they have chosen", () => {
  const tells: ItemPolicy = { ...policy, tellsOfNewAccounts: true };
  const told = runWith(tells, newAccounts(10), answered(12, null), newAccounts(20), answered(22, null));
  expect(told.effects).toEqual(["ask", "open_episode", "confirm_episode", "owe_mail", "ask"]);
  const done = runWith(tells, newAccounts(10), answered(12, null), renewed(20), answered(22, null));
  expect(done.effects.at(-1)).toBe("close_episode");
  expect(done.state.episode).toBeNull();
});

test("who was written to about a break hears that it is over, and who was not does not", () => {
  const confirmed = run(broke(10), answered(12, loginRequired)).state;
  const sent: ItemState = {
    ...confirmed,
    episode: confirmed.episode && { ...confirmed.episode, mail: "owed", isTold: true },
  };
  const kinds = (state: ItemState): string[] =>
    nextItemState(state, answered(20, null), policy).effects.map(({ kind }) => kind);
  expect(kinds(sent)).toEqual(["close_episode", "owe_good_news"]);
  expect(kinds(confirmed)).toEqual(["close_episode"]);
});

test("any interleaving, followed by one answer, ends in exactly what /item/get says", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), errors, dates, (events, truth, consentExpiresAt) => {
      const { state } = run(...events, answered(51, truth, { consentExpiresAt }));
      expect(isConfirmed(state)).toBe(true);
      // Of a disconnection /item/get says nothing: it stays announced.
      const isPending = isNear(consentExpiresAt) || state.pending?.pending.kind === "disconnect";
      const works = isPending ? "expiring" : "healthy";
      expect(state.status.kind).toBe(truth === null ? works : statusAnsweredBy(truth).kind);
      expect(state.episode !== null).toBe(hasEpisode(events, state));
    }),
    { numRuns: 5_000 },
  );

  function isNear(date: Date | null): boolean {
    return date !== null && date < ends(7);
  }

  // An outage neither opens nor closes an episode: then the history before it decides.
  function hasEpisode(events: ItemEvent[], { status }: ItemState): boolean {
    return status.kind === "degraded" ? run(...events).state.episode !== null : status.kind !== "healthy";
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
