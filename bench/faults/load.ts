import { setInterval } from "node:timers/promises";
import type { ScriptedPlaid } from "@relink/testkit";
import { anotherTruth, isMailed, type ItemStory, loginRequired } from "./item-stories.ts";
import type { Random } from "./random.ts";

export type Payload = Record<string, unknown> | string | Buffer;

/** What Plaid sends while everything goes wrong. */
export interface Load {
  pause(): void;
  resume(): void;
  /** Makes something else true of an Item, and sends the webhook that says so. */
  tellNext(story: ItemStory): void;
  /** Breaks an Item that works, in a way that its user is written to about. */
  breakSomeItem(): ItemStory;
  /** A webhook that is like no other, about an Item or nobody. */
  body(type: string, code: string, itemId?: string): Record<string, unknown>;
  stop(): Promise<void>;
}

/** Most of it concerns nobody; a few webhooks a second tell stories, or lie, or come again much too late. */
export function startLoad(deps: {
  perSecond: number;
  random: Random;
  stories: readonly ItemStory[];
  plaid: ScriptedPlaid;
  deliver: (payload: Payload) => Promise<void>;
}): Load {
  const { stories, plaid, random } = deps;
  const abort = new AbortController();
  let isPaused = false;
  let count = 0;

  const send = (payload: Payload): void => {
    // Waited for all at once, in `settled()`.
    deps.deliver(payload).catch(() => {});
  };
  const body = (type: string, code: string, itemId?: string, rest: Record<string, unknown> = {}) => {
    count += 1;
    return { webhook_type: type, webhook_code: code, item_id: itemId, environment: "sandbox", count, ...rest };
  };
  const reportError = (itemId: string, error: { type: string; code: string }): void => {
    const reported = { error_type: error.type, error_code: error.code, error_message: "", display_message: null };
    send(body("ITEM", "ERROR", itemId, { error: reported }));
  };
  const report = (story: ItemStory): void => {
    if (story.truth === null) send(body("ITEM", "LOGIN_REPAIRED", story.plaidItemId));
    else reportError(story.plaidItemId, story.truth);
  };
  const tell = (story: ItemStory, truth: ItemStory["truth"]): void => {
    story.truth = truth;
    plaid.setError(story.plaidItemId, truth);
    report(story);
  };

  function sendItemWebhook(): void {
    const story = random.one(stories);
    const dice = random.int(100);
    if (dice < 40) tell(story, anotherTruth(story, random));
    else if (dice < 70) report(story);
    // A lie, or the truth of long ago: only /item/get decides.
    else if (dice < 85) reportError(story.plaidItemId, loginRequired);
    else send(body("ITEM", "LOGIN_REPAIRED", story.plaidItemId));
  }

  function sendOther(): void {
    const dice = random.int(1_000);
    if (dice < 20) send(body("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", `stranger-${random.int(1_000)}`));
    else if (dice < 25) send(`no JSON ${(count += 1)}`);
    else send(body("TRANSACTIONS", "SYNC_UPDATES_AVAILABLE", random.one(stories).plaidItemId));
  }

  const running = (async () => {
    let due = 0;
    let lastAt = performance.now();
    let nextItemAt = lastAt;
    try {
      for await (const _tick of setInterval(20, undefined, { signal: abort.signal })) {
        const now = performance.now();
        if (!isPaused) due += ((now - lastAt) / 1_000) * deps.perSecond;
        lastAt = now;
        if (isPaused) continue;
        for (; due >= 1; due -= 1) sendOther();
        if (now < nextItemAt) continue;
        sendItemWebhook();
        nextItemAt = now + 250;
      }
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
  })();

  return {
    body,
    pause: () => void (isPaused = true),
    resume: () => void (isPaused = false),
    tellNext: (story) => tell(story, anotherTruth(story, random)),
    breakSomeItem() {
      const whole = stories.filter((story) => story.truth === null && story.truths.some(isMailed));
      const story = random.one(whole);
      tell(story, loginRequired);
      return story;
    },
    stop() {
      abort.abort();
      return running;
    },
  };
}
