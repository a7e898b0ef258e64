import { endInTime } from "../end-in-time.ts";

/** What the pump needs to know of one delivery. */
export interface Claimed {
  /** False for retries and replays, which leave at least half of the slots to first attempts. */
  isFirst: boolean;
}

export interface PumpOptions<Delivery extends Claimed> {
  /** Attempts at the same time. */
  slots: number;
  /** How often it looks for what is due when nobody wakes it, and how often while there is something. */
  pollMs: { idle: number; busy: number };
  /** Takes what is due, `limit` at most, and not more than `laterLimit` that are no first attempts. */
  claim: (room: { limit: number; laterLimit: number }) => Promise<readonly Delivery[]>;
  /** Makes one attempt and settles it. Gives up soon once the signal aborts. */
  attempt: (delivery: Delivery, signal: AbortSignal) => Promise<void>;
  onError: (error: unknown) => void;
}

export interface Pump {
  start(): void;
  /** Something may be due. Cheap, and safe to call at any time. */
  wake(): void;
  /**
   * Takes nothing new, waits for the attempts under way, and cuts off those that are not done in time.
   *
   * @param graceMs - for all of that; the last second and a half is for those that are cut off.
   */
  stop(graceMs: number): Promise<void>;
  /** Attempts under way. */
  readonly underWay: number;
}

/** Keeps as many attempts under way as there are slots, for as long as there is something due. */
export function createPump<Delivery extends Claimed>(options: PumpOptions<Delivery>): Pump {
  const { slots, pollMs } = options;
  const underWay = new Map<Promise<void>, Delivery>();
  const abort = new AbortController();
  let isOpen = false;
  let isWoken = false;
  let isScheduled = false;
  let isClaiming = false;
  let claiming: Promise<void> = Promise.resolve();
  let wakeup: NodeJS.Timeout | undefined;

  async function begin(delivery: Delivery): Promise<void> {
    const attempt = options.attempt(delivery, abort.signal).catch(options.onError);
    underWay.set(attempt, delivery);
    await attempt;
    underWay.delete(attempt);
    wake();
  }

  async function claim(): Promise<number> {
    const later = [...underWay.values()].filter(({ isFirst }) => !isFirst).length;
    const limit = slots - underWay.size;
    const laterLimit = Math.max(0, Math.min(limit, Math.floor(slots / 2) - later));
    if (limit === 0) return 0;
    const claimed = await options.claim({ limit, laterLimit });
    for (const delivery of claimed) void begin(delivery);
    return claimed.length;
  }

  async function claimAll(): Promise<void> {
    isClaiming = true;
    let found = 0;
    try {
      while (isWoken && isOpen) {
        isWoken = false;
        found += await claim();
      }
    } catch (error) {
      options.onError(error);
    }
    isClaiming = false;
    clearTimeout(wakeup);
    if (isOpen) wakeup = setTimeout(wake, found > 0 ? pollMs.busy : pollMs.idle);
  }

  function wake(): void {
    isWoken = true;
    if (!isOpen || isClaiming || isScheduled) return;
    isScheduled = true;
    // Many attempts are settled at once: one claim fills all their slots.
    setImmediate(() => {
      isScheduled = false;
      claiming = claimAll();
    });
  }

  async function settled(): Promise<void> {
    await claiming;
    await Promise.all(underWay.keys());
  }

  return {
    start() {
      isOpen = true;
      wake();
    },
    wake,
    async stop(graceMs) {
      isOpen = false;
      clearTimeout(wakeup);
      await endInTime(graceMs, settled, abort);
    },
    get underWay() {
      return underWay.size;
    },
  };
}
