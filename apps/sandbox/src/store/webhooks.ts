import { newId } from "../ids.ts";
import { all, one, type Store } from "./open-store.ts";

/** What becomes of a webhook: tried again, answered with 200, given up after its time, or lost on purpose. */
export type WebhookState = "pending" | "delivered" | "gave_up" | "dropped";

/** A webhook that has to be sent, or was. Times are epoch milliseconds. */
export interface Webhook {
  id: string;
  itemId: string | null;
  type: string | null;
  code: string | null;
  url: string;
  /** The exact text that is sent and signed. */
  body: string;
  state: WebhookState;
  /** Retries on the schedule so far; a wait that the receiver asked for is not one. */
  retries: number;
  firstIat: number | null;
  firstAttemptAt: number | null;
  createdAt: number;
}

export interface Attempt {
  at: number;
  /** HTTP status; null if there was no answer, and then `error` says why. */
  status: number | null;
  error: string | null;
  ms: number;
}

/** Which webhooks are looked for, and behind which one. Each list is "any of these"; one that is missing is "all". */
export interface WebhookQuery {
  after: WebhookPosition;
  types?: readonly string[] | undefined;
  codes?: readonly string[] | undefined;
  itemIds?: readonly string[] | undefined;
  states?: readonly WebhookState[] | undefined;
}

/** A webhook's place in the order in which they came: its time, and its number among those of the same time. */
export interface WebhookPosition {
  createdAt: number;
  number: number;
}

interface WebhookRow {
  id: string;
  item_id: string | null;
  type: string | null;
  code: string | null;
  url: string;
  body: string;
  state: WebhookState;
  retries: number;
  first_iat: number | null;
  first_attempt_at: number | null;
  created_at: number;
}

function toWebhook(row: WebhookRow): Webhook {
  return {
    id: row.id,
    itemId: row.item_id,
    type: row.type,
    code: row.code,
    url: row.url,
    body: row.body,
    state: row.state,
    retries: row.retries,
    firstIat: row.first_iat,
    firstAttemptAt: row.first_attempt_at,
    createdAt: row.created_at,
  };
}

export type Webhooks = ReturnType<typeof createWebhooks>;

/** The statements on webhooks and their attempts. A pending one without `due_at` is being sent at this moment. */
export function createWebhooks(store: Store) {
  const insert = store.prepare(
    "insert into webhooks (id, item_id, type, code, url, body, state, due_at, created_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const take = store.prepare(
    `update webhooks set due_at = null
     where id in (select id from webhooks where state = 'pending' and due_at <= ? order by due_at, rowid limit ?) returning *`,
  );
  const nextDue = store.prepare("select min(due_at) as due from webhooks where state = 'pending'");
  const makeDue = store.prepare(
    "update webhooks set due_at = ? where id = ? and state = 'pending' and due_at is not null",
  );
  const recover = store.prepare("update webhooks set due_at = ? where state = 'pending' and due_at is null");
  const began = store.prepare(
    "update webhooks set first_iat = coalesce(first_iat, ?), first_attempt_at = coalesce(first_attempt_at, ?) where id = ?",
  );
  const finish = store.prepare("update webhooks set state = ?, due_at = ?, retries = ? where id = ?");
  const insertAttempt = store.prepare(
    "insert into webhook_attempts (webhook_id, url, at, status, error, ms) values (?, ?, ?, ?, ?, ?)",
  );
  const attemptsOf = store.prepare(
    "select at, status, error, ms from webhook_attempts where webhook_id = ? order by at, rowid",
  );
  const refusals = store.prepare(
    "select count(*) as total, count(*) filter (where status is not 200) as refused from webhook_attempts where url = ? and at > ?",
  );
  const newest = store.prepare("select * from webhooks order by created_at desc, rowid desc limit ? offset ?");
  const newestOfItem = store.prepare(
    "select * from webhooks where item_id = ? order by created_at desc, rowid desc limit ? offset ?",
  );
  const oldest = store.prepare(
    `select rowid as number, * from webhooks
     where (created_at, rowid) > (?1, ?2) and type is not null and code is not null
       and (?3 is null or type in (select value from json_each(?3)))
       and (?4 is null or code in (select value from json_each(?4)))
       and (?5 is null or item_id in (select value from json_each(?5)))
       and (?6 is null or state in (select value from json_each(?6)))
     order by created_at, rowid limit ?7`,
  );

  return {
    create(
      webhook: Pick<Webhook, "itemId" | "type" | "code" | "url" | "body">,
      plan: { state: "pending" | "dropped"; dueAt: number },
      now: number,
    ): string {
      const id = newId.webhook();
      insert.run(
        id,
        webhook.itemId,
        webhook.type,
        webhook.code,
        webhook.url,
        webhook.body,
        plan.state,
        plan.dueAt,
        now,
      );
      return id;
    },

    /** Takes what is due, so that nobody takes it again until it is finished. */
    take(now: number, limit: number): Webhook[] {
      return all<WebhookRow>(take, now, limit).map(toWebhook);
    },

    nextDue(): number | null {
      return one<{ due: number | null }>(nextDue)?.due ?? null;
    },

    /** Moves a waiting webhook to another time. */
    makeDue(id: string, at: number): void {
      makeDue.run(at, id);
    },

    /** After a restart: what was being sent when the process ended is due again. */
    recover(now: number): void {
      recover.run(now);
    },

    began(id: string, iat: number, now: number): void {
      began.run(iat, now, id);
    },

    recordAttempt(webhook: Pick<Webhook, "id" | "url">, attempt: Attempt): void {
      insertAttempt.run(webhook.id, webhook.url, attempt.at, attempt.status, attempt.error, attempt.ms);
    },

    finish(id: string, outcome: { state: WebhookState; dueAt: number | null; retries: number }): void {
      finish.run(outcome.state, outcome.dueAt, outcome.retries, id);
    },

    refusals(url: string, since: number): { total: number; refused: number } {
      return one<{ total: number; refused: number }>(refusals, url, since) ?? { total: 0, refused: 0 };
    },

    /** The newest first, each with its attempts. */
    list(itemId: string | null, limit: number, offset: number): (Webhook & { attempts: Attempt[] })[] {
      const rows =
        itemId === null ? all<WebhookRow>(newest, limit, offset) : all<WebhookRow>(newestOfItem, itemId, limit, offset);
      return rows.map((row) => ({ ...toWebhook(row), attempts: all<Attempt>(attemptsOf, row.id) }));
    },

    /** The oldest first, each with its place and its attempts. Only what has a type and a code. */
    after(query: WebhookQuery, limit: number): (Webhook & { position: WebhookPosition; attempts: Attempt[] })[] {
      const list = (values: readonly string[] | undefined) => (values === undefined ? null : JSON.stringify(values));
      const rows = all<WebhookRow & { number: number }>(
        oldest,
        query.after.createdAt,
        query.after.number,
        list(query.types),
        list(query.codes),
        list(query.itemIds),
        list(query.states),
        limit,
      );
      return rows.map((row) => ({
        ...toWebhook(row),
        position: { createdAt: row.created_at, number: row.number },
        attempts: all<Attempt>(attemptsOf, row.id),
      }));
    },
  };
}
