import { type SQL, sql } from "drizzle-orm";
import type { Executor } from "../connect.ts";

/** One line of an Item's timeline. Every field is fit to be pasted into a support ticket. */
export interface TimelineRow {
  at: Date;
  /** Of the row it came from; with `at` and `kind` it makes the place in the list unique. */
  id: string;
  kind: TimelineKind;
  details: Record<string, unknown>;
}

export type TimelineKind =
  | "webhook_received"
  | "api_call"
  | "episode_opened"
  | "episode_confirmed"
  | "episode_closed"
  | "email"
  | "link_session_started"
  | "link_callback"
  | "link_event"
  | "status_corrected"
  | "account_revoked"
  | "event_published"
  | "muted"
  | "unmuted";

/** Where the entries of a kind come from. `at` and `id` make its place; an index leads to the newest of one Item. */
interface Source {
  kind: TimelineKind;
  at: SQL;
  details: SQL;
  from: SQL;
  /** Which of the Item's rows tell this. */
  where?: SQL;
}

const LINK_EVENT = sql`jsonb_build_object('callback', callback, 'event_name', event_name, 'link_session_id', link_session_id,
  'request_id', request_id, 'error_type', error_type, 'error_code', error_code, 'exit_status', exit_status,
  'institution_id', institution_id, 'view_name', view_name)`;

// Where one row tells two things of one moment, the later of the two stands later here.
const SOURCES: readonly Source[] = [
  {
    kind: "webhook_received",
    at: sql`received_at`,
    details: sql`jsonb_build_object('webhook_type', webhook_type, 'webhook_code', webhook_code, 'error_code', error_code,
      'outcome', outcome, 'signed_at', signed_at, 'processed_at', processed_at, 'item_id', plaid_item_id)`,
    from: sql`webhook_events`,
  },
  {
    kind: "api_call",
    at: sql`at`,
    details: sql`jsonb_build_object('method', method, 'request_id', request_id, 'http_status', http_status,
      'error_type', error_type, 'error_code', error_code, 'item_error_code', item_error_code,
      'duration_ms', duration_ms, 'arguments', arguments)`,
    from: sql`plaid_api_events`,
  },
  {
    kind: "episode_opened",
    at: sql`opened_at`,
    details: sql`jsonb_build_object('episode_id', id, 'cause', cause, 'error_type', error_type, 'error_code', error_code)`,
    from: sql`episodes`,
  },
  {
    kind: "episode_confirmed",
    at: sql`confirmed_at`,
    details: sql`jsonb_build_object('episode_id', id)`,
    from: sql`episodes`,
    where: sql`confirmed_at is not null`,
  },
  {
    kind: "episode_closed",
    at: sql`closed_at`,
    details: sql`jsonb_build_object('episode_id', id, 'reason', close_reason,
      'seconds_open', extract(epoch from closed_at - opened_at))`,
    from: sql`episodes`,
    where: sql`closed_at is not null`,
  },
  {
    kind: "email",
    at: sql`coalesce(settled_at, transmitting_at, created_at)`,
    details: sql`jsonb_build_object('episode_id', episode_id, 'step', step, 'state', state, 'template', template,
      'due_at', due_at, 'attempts', attempts, 'message_id', message_id, 'problem', problem)`,
    from: sql`emails`,
  },
  {
    kind: "link_session_started",
    at: sql`created_at`,
    details: sql`jsonb_build_object('episode_id', episode_id, 'mode', mode, 'request_id', request_id,
      'link_session_id', link_session_id, 'outcome', outcome, 'finished_at', finished_at)`,
    from: sql`link_sessions`,
  },
  {
    kind: "link_callback",
    at: sql`received_at`,
    details: LINK_EVENT,
    from: sql`link_events`,
    where: sql`source = 'callback'`,
  },
  {
    kind: "link_event",
    at: sql`received_at`,
    details: LINK_EVENT,
    from: sql`link_events`,
    where: sql`source = 'webhook'`,
  },
  {
    kind: "status_corrected",
    at: sql`at`,
    details: sql`jsonb_build_object('found_by', 'reconciliation', 'status_before', status_before,
      'status_after', status_after, 'missed_webhook_code', missed_webhook_code)`,
    from: sql`reconciliations`,
  },
  {
    kind: "account_revoked",
    at: sql`revoked_at`,
    details: sql`jsonb_build_object('account_id', plaid_account_id)`,
    from: sql`accounts`,
    where: sql`revoked_at is not null`,
  },
  {
    kind: "event_published",
    at: sql`created_at`,
    details: sql`jsonb_build_object('event_id', id, 'type', type, 'sequence', sequence, 'subscriptions', matched,
      'delivered', (select count(*) from deliveries where event_id = events.id and state = 'delivered'),
      'under_way', (select count(*) from deliveries
        where event_id = events.id and state in ('pending', 'in_flight', 'held')))`,
    from: sql`events`,
  },
  ...(["muted", "unmuted"] as const).map((kind) => ({
    kind,
    at: sql`at`,
    details: sql`jsonb_build_object()`,
    from: sql`item_actions`,
    where: sql`action = ${kind}`,
  })),
];

/**
 * Everything that happened to one Item, newest first. Each source gives no more than a page, so a page costs the same
 * whether the Item has a hundred entries or a million.
 *
 * @param page.before - the place that the last page ended with.
 * @param page.since - leaves out what is older.
 * @param page.until - leaves out what is newer.
 */
export async function itemTimeline(
  db: Executor,
  itemId: string,
  page: {
    limit: number;
    before?: Pick<TimelineRow, "at" | "id" | "kind"> | undefined;
    since?: Date | undefined;
    until?: Date | undefined;
  },
): Promise<TimelineRow[]> {
  const { before, since, until } = page;
  const rankOf = (wanted: TimelineKind): number => SOURCES.findIndex(({ kind }) => kind === wanted);
  const branches = SOURCES.map(({ kind, at, details, from, where }, rank) => {
    const conditions = [
      sql`item_id = ${itemId}`,
      ...(where === undefined ? [] : [where]),
      // The first of the two is what an index understands.
      ...(before === undefined
        ? []
        : [
            sql`${at} <= ${before.at}`,
            sql`(${at}, id, ${rank}::int) < (${before.at}, ${before.id}::uuid, ${rankOf(before.kind)}::int)`,
          ]),
      ...(since === undefined ? [] : [sql`${at} >= ${since}`]),
      ...(until === undefined ? [] : [sql`${at} <= ${until}`]),
    ];
    return sql`(select ${at} as at, id, ${kind}::text as kind, ${rank}::int as rank, ${details} as details from ${from}
      where ${sql.join(conditions, sql` and `)} order by 1 desc, 2 desc limit ${page.limit})`;
  });
  const result = await db.execute<{ at: string; id: string; kind: TimelineKind; details: TimelineRow["details"] }>(sql`
    select at::text as at, id, kind, details from (${sql.join(branches, sql` union all `)}) entries
    order by entries.at desc, id desc, rank desc limit ${page.limit}`);
  return result.rows.map((row) => ({ ...row, at: new Date(row.at) }));
}
