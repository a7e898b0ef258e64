import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { startMailServer, waitFor } from "@relink/testkit";
import { percentile, whole } from "../figures.ts";
import { describeMachine } from "../machine.ts";
import { type SignedWebhook, signWebhook } from "../sign-webhook.ts";
import { addItems, plaidItemId } from "../stage/items.ts";
import { itemError, syncUpdates } from "../stage/payloads.ts";
import { setStage, type Stage } from "../stage/set-stage.ts";
import { type Answered, pace } from "../wire/pace.ts";

const PLAID_DELAY_MS = 50;
const WARM_UP_PER_SECOND = 200;
const WARM_UP_SECONDS = 5;

/** One webhook of the measurement. */
interface Planned {
  webhook: SignedWebhook;
  /** The Item that it says is broken; null for news of transactions. */
  broken: number | null;
}

/**
 * How long a webhook takes at a steady rate: until it is answered with 200, until its Item's status (or, for news of
 * transactions, its log row) is committed, and until the mail about a broken Item is handed to the mail server, with no
 * hold. Times count from when the webhook was due to be sent, and end with commits as Postgres notes them.
 *
 * `--rates` (200,1000), `--seconds` (20) each, `--breaks` per second (10): as many of the webhooks break an Item, each
 * another one; the rest is news of transactions.
 */
export async function benchLatency(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rates: { type: "string", default: "200,1000" },
      seconds: { type: "string", default: "20" },
      breaks: { type: "string", default: "10" },
    },
  });
  const rates = values.rates.split(",").map(Number);
  const seconds = Number(values.seconds);
  const breaks = Number(values.breaks);

  await using cleanUp = new AsyncDisposableStack();
  const mails = await startMailServer();
  cleanUp.defer(() => mails.close());
  const stage = await setStage(cleanUp, { plaidDelayMs: PLAID_DELAY_MS, smtpUrl: mails.url, holdSeconds: 0 });
  await addItems(stage, breaks * (WARM_UP_SECONDS + seconds * rates.length));
  const ingress = await stage.startIngress();
  await stage.startWorker();

  let nextItem = 0;
  async function run(rate: number, during: number): Promise<{ planned: Planned[]; answers: Answered[] }> {
    const planned = plan(stage, { webhooks: rate * during, breaks: breaks * during, firstItem: nextItem });
    nextItem += breaks * during;
    const webhooks = planned.map(({ webhook }) => webhook);
    const answers = await pace(ingress.port, webhooks, rate);
    await waitFor(() => mails.mails.length >= nextItem, { timeoutMs: 60_000 });
    return { planned, answers };
  }

  await run(WARM_UP_PER_SECOND, WARM_UP_SECONDS);
  console.log(`pnpm bench latency ${args.join(" ")}`.trimEnd());
  console.log(describeMachine());
  console.log(`${seconds} s each, ${breaks} broken Items a second; Plaid takes ${PLAID_DELAY_MS} ms`);
  for (const rate of rates) {
    const { planned, answers } = await run(rate, seconds);
    const dueAt = new Map(answers.map((answer) => [answer.webhook.key, answer.dueAt]));
    const committedAt = await commitTimes(stage);
    const mailedAt = await mailTimes(stage);
    const since = (webhook: SignedWebhook, at: number | undefined): number => {
      const due = dueAt.get(webhook.key);
      if (at === undefined || due === undefined) throw new Error("a webhook was answered and not processed");
      return at - due;
    };
    const news = planned.filter(({ broken }) => broken === null);
    const told = planned.flatMap(({ webhook, broken }) => (broken === null ? [] : [{ webhook, broken }]));
    console.log(`\nat ${whole(rate)}/s, in ms                  p50     p95     p99     max`);
    show(
      "received → 200",
      answers.map((answer) => answer.answeredAt - answer.dueAt),
    );
    show(
      "received → status committed",
      told.map(({ webhook }) => since(webhook, committedAt.get(webhook.key))),
    );
    show(
      "received → log row committed",
      news.map(({ webhook }) => since(webhook, committedAt.get(webhook.key))),
    );
    show(
      "received → taken by SMTP",
      told.map(({ webhook, broken }) => since(webhook, mailedAt.get(plaidItemId(broken)))),
    );
  }
}

/** Breaks at even distances among the news; each of another Item. */
function plan(stage: Stage, amount: { webhooks: number; breaks: number; firstItem: number }): Planned[] {
  const every = Math.round(amount.webhooks / amount.breaks);
  return Array.from({ length: amount.webhooks }, (_, index) => {
    const broken = index % every === 0 ? amount.firstItem + index / every : null;
    const payload = broken === null ? syncUpdates(0) : itemError(broken);
    return { webhook: signWebhook(stage.signer, { ...payload, bench_id: randomUUID() }), broken };
  });
}

/** By delivery key, in milliseconds since 1970: when the transaction that processed it was committed. */
async function commitTimes(stage: Stage): Promise<Map<string, number>> {
  const { rows } = await stage.sql.query<{ key: string; at: number }>(
    `select encode(delivery_key, 'hex') as key, extract(epoch from pg_xact_commit_timestamp(xmin))::float * 1000 as at
     from webhook_events where processed_at is not null`,
  );
  return new Map(rows.map(({ key, at }) => [key, at]));
}

/** By Plaid's id of the Item, in milliseconds since 1970: when the mail server had taken the mail. */
async function mailTimes(stage: Stage): Promise<Map<string, number>> {
  const { rows } = await stage.sql.query<{ item: string; at: number }>(
    `select plaid_item_id as item, extract(epoch from settled_at)::float * 1000 as at
     from emails join items on items.id = item_id where state = 'sent'`,
  );
  return new Map(rows.map(({ item, at }) => [item, at]));
}

function show(what: string, times: readonly number[]): void {
  const figures = [50, 95, 99, 100].map((percent) => percentile(times, percent).toFixed(1).padStart(8));
  console.log(`${what.padEnd(30)}${figures.join("")}`);
}
