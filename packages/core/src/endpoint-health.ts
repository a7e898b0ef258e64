import { assertNever } from "./errors.ts";

const HOUR_MS = 60 * 60_000;

/** This many failed attempts in a row make an endpoint `failing`. */
const FAILING_AFTER = 4;

/** Two deliveries that failed this far apart show that it is neither one bad event nor a short deploy. */
const APART_MS = 12 * HOUR_MS;

/** What the clock reads at most when it starts, so that both warnings come well before the end. */
const HEAD_START_MS = 24 * HOUR_MS;

/** When the clock reads this, the owner is warned. */
const FIRST_WARNING_HOURS = 60;
const LAST_WARNING_HOURS = 96;

/** When the clock reads this, the endpoint is disabled. */
const DISABLE_MS = 120 * HOUR_MS;

/** How late a warning may be without moving what it warns of. */
const LATE_MS = HOUR_MS;

/** Who was told that an endpoint fails is not told again for this long, however it comes and goes. */
const NOTICE_EVERY_MS = 24 * HOUR_MS;

/**
 * | state | sent to |
 * | --- | --- |
 * | `pending_verification` | no: it has not said yet that it wants to be called |
 * | `active` | yes |
 * | `failing` | yes, and its owner knows, or will, that it does not work |
 * | `disabled` | no: what is meant for it is held |
 * | `paused` | no, at its owner's wish: what is meant for it waits |
 */
export type EndpointState = "pending_verification" | "active" | "failing" | "disabled" | "paused";

export const ENDPOINT_STATES = [
  "pending_verification",
  "active",
  "failing",
  "disabled",
  "paused",
] as const satisfies readonly EndpointState[];

/** Why nothing is sent to an endpoint any more. */
export const DISABLED_REASONS = [
  "consecutive_failures",
  "gone",
  "receiver_request",
  "manual",
  "target_forbidden",
] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** All that the rules know about an endpoint's health: one column per field. */
export interface EndpointHealth {
  state: EndpointState;
  /** `null` unless `state` is `disabled`; so is `disabledAt`. */
  disabledReason: DisabledReason | null;
  disabledAt: Date | null;
  /** Failed attempts since the last success. Only those that count are here and below. */
  failures: number;
  /** The first of them; `null` if there is none. */
  failingSince: Date | null;
  /** The delivery that failed then. */
  failingDeliveryId: string | null;
  /** The first failure of any other delivery. */
  otherFailedAt: Date | null;
  /** What the failing clock counts from; `null` until two deliveries have failed 12 hours apart. */
  clockFrom: Date | null;
  /** The last warning, by what the clock read; 0 if none was given. */
  warnedHours: number;
  /** Whether the owner was told of these failures. */
  isTold: boolean;
  /** When the owner was last told that the endpoint fails, of these failures or of earlier ones. */
  toldAt: Date | null;
}

/** Of an endpoint that is new, or has a new URL. */
export const NEW_ENDPOINT_HEALTH: EndpointHealth = {
  state: "pending_verification",
  disabledReason: null,
  disabledAt: null,
  failures: 0,
  failingSince: null,
  failingDeliveryId: null,
  otherFailedAt: null,
  clockFrom: null,
  warnedHours: 0,
  isTold: false,
  toldAt: null,
};

/** What can happen to an endpoint. */
export type HealthEvent =
  /** @param counts - `countsForHealth` of `judgeAttempt`. A success counts always. */
  | { kind: "attempted"; at: Date; deliveryId: string; isOk: boolean; counts: boolean }
  /** Time has passed. For a failing endpoint at least once an hour, so that warnings come when they are due. */
  | { kind: "ticked"; at: Date }
  /** `disablesEndpoint` of `judgeAttempt`, or somebody's wish. */
  | { kind: "disabled"; at: Date; reason: Exclude<DisabledReason, "consecutive_failures"> }
  | { kind: "paused" }
  | { kind: "resumed" }
  /** A signed request to a disabled or unverified endpoint was answered with 2xx. */
  | { kind: "enabled" };

/**
 * What the owner has to be told, by another channel than the endpoint.
 *
 * `failing`, `disabled` and `recovered` are events too (`endpoint.…`). A warning tells of `disableAt`.
 */
export type HealthNotice = "failing" | "warning_60h" | "warning_96h" | "disabled" | "recovered";

export interface HealthTransition {
  /** The same object if nothing has changed. */
  health: EndpointHealth;
  effects: readonly HealthNotice[];
}

/** True if deliveries are sent. */
export function isReceiving({ state }: Pick<EndpointHealth, "state">): boolean {
  return state === "active" || state === "failing";
}

/** When an endpoint will be disabled if nothing changes; `null` if it will not be. */
export function disableAt({ state, clockFrom }: EndpointHealth): Date | null {
  return state === "failing" && clockFrom !== null ? new Date(clockFrom.getTime() + DISABLE_MS) : null;
}

/**
 * The next health of an endpoint, and what its owner has to be told.
 *
 * - Four failed attempts in a row, of one delivery or of several, make it `failing`. Any success makes it `active`.
 * - The clock runs once two different deliveries have failed 12 hours apart. It counts from the first failure, but reads
 *   24 hours at most when it starts: an endpoint that gets little is warned in time too. At 60 and 96 hours the owner is
 *   warned, at 120 hours the endpoint is disabled. A warning that comes late, because nothing ran, sets the clock back to
 *   what it says: nobody loses a day in which they could have acted.
 * - Nothing stops being sent without exactly one `disabled`, but for a pause, which is the owner's own wish. `failing` is
 *   told once in 24 hours, later if the endpoint still fails then; `recovered` only to whoever was told that it fails.
 *
 * Pure: no clock, no I/O. What ends after the endpoint was disabled or paused changes nothing.
 */
export function nextHealth(health: EndpointHealth, event: HealthEvent): HealthTransition {
  switch (event.kind) {
    case "attempted":
      if (!isReceiving(health)) return unchanged(health);
      if (event.isOk) return recover(health);
      return event.counts ? tellWhatIsDue(countFailure(health, event), event.at) : unchanged(health);
    case "ticked":
      return tellWhatIsDue(health, event.at);
    case "disabled":
      return disable(health, event.at, event.reason);
    case "paused":
      return isReceiving(health) ? become("paused", health) : unchanged(health);
    case "resumed":
      return health.state === "paused" ? become("active", health) : unchanged(health);
    case "enabled":
      return health.state === "disabled" || health.state === "pending_verification"
        ? become("active", health)
        : unchanged(health);
    default:
      return assertNever(event);
  }
}

function unchanged(health: EndpointHealth): HealthTransition {
  return { health, effects: [] };
}

/** Forgets all failures, but not when the owner was last told of one. */
function become(state: EndpointState, { toldAt }: EndpointHealth): HealthTransition {
  return { health: { ...NEW_ENDPOINT_HEALTH, state, toldAt }, effects: [] };
}

function recover(health: EndpointHealth): HealthTransition {
  if (health.failures === 0) return unchanged(health);
  return { ...become("active", health), effects: health.isTold ? ["recovered"] : [] };
}

function disable(health: EndpointHealth, at: Date, reason: DisabledReason): HealthTransition {
  if (health.state === "disabled") return unchanged(health);
  return { health: { ...health, state: "disabled", disabledReason: reason, disabledAt: at }, effects: ["disabled"] };
}

function countFailure(health: EndpointHealth, { at, deliveryId }: { at: Date; deliveryId: string }): EndpointHealth {
  const failures = health.failures + 1;
  const failingSince = health.failingSince ?? at;
  const failingDeliveryId = health.failingDeliveryId ?? deliveryId;
  const isOther = deliveryId !== failingDeliveryId;
  const otherFailedAt = health.otherFailedAt ?? (isOther ? at : null);
  const next: EndpointHealth = { ...health, failures, failingSince, failingDeliveryId, otherFailedAt };

  const firstOfAnother = isOther ? failingSince : otherFailedAt;
  const isApart = firstOfAnother !== null && msBetween(firstOfAnother, at) >= APART_MS;
  if (next.clockFrom === null && isApart) next.clockFrom = failingSince;
  if (health.state === "active" && failures >= FAILING_AFTER) next.state = "failing";
  // Starts, now or when the state does.
  const isStarting = next.state === "failing" && (health.state === "active" || health.clockFrom === null);
  if (isStarting && next.clockFrom !== null) {
    next.clockFrom = new Date(Math.max(next.clockFrom.getTime(), at.getTime() - HEAD_START_MS));
  }
  return next;
}

/** Of a failing endpoint: disables it if it is time, or tells its owner what they do not know yet. */
function tellWhatIsDue(health: EndpointHealth, at: Date): HealthTransition {
  if (health.state !== "failing") return unchanged(health);
  const end = disableAt(health);
  if (end !== null && at >= end && health.warnedHours === LAST_WARNING_HOURS) {
    return disable(health, at, "consecutive_failures");
  }
  const effects: HealthNotice[] = [];
  const next = { ...health };
  if (!health.isTold && (health.toldAt === null || msBetween(health.toldAt, at) >= NOTICE_EVERY_MS)) {
    next.isTold = true;
    next.toldAt = at;
    effects.push("failing");
  }
  const clockMs = health.clockFrom === null ? 0 : msBetween(health.clockFrom, at);
  const hours = [LAST_WARNING_HOURS, FIRST_WARNING_HOURS].find((each) => clockMs >= each * HOUR_MS) ?? 0;
  if (hours > health.warnedHours) {
    next.warnedHours = hours;
    if (clockMs > hours * HOUR_MS + LATE_MS) next.clockFrom = new Date(at.getTime() - hours * HOUR_MS);
    effects.push(hours === LAST_WARNING_HOURS ? "warning_96h" : "warning_60h");
  }
  return effects.length === 0 ? unchanged(health) : { health: next, effects };
}

function msBetween(from: Date, to: Date): number {
  return to.getTime() - from.getTime();
}
