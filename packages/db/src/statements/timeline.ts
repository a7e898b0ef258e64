import { sql } from "drizzle-orm";
import type { Db } from "../connect.ts";

/** One line of an Item's timeline. Every field is fit to be pasted into a support ticket. */
export interface TimelineRow {
  at: Date;
  /** Of the row it came from; with `at` it makes the place in the list unique. */
  id: string;
  kind:
    | "webhook_received"
    | "api_call"
    | "episode_opened"
    | "episode_confirmed"
    | "episode_closed"
    | "email"
    | "link_session_started"
    | "link_callback";
  details: Record<string, unknown>;
}

/**
 * Everything that happened to one Item, newest first.
 *
 * @param page.before - the place that the last page ended with.
 */
export async function itemTimeline(
  db: Db,
  itemId: string,
  page: { limit: number; before?: Pick<TimelineRow, "at" | "id" | "kind"> | undefined },
): Promise<TimelineRow[]> {
  const before = page.before;
  const result = await db.execute<{
    at: string;
    id: string;
    kind: TimelineRow["kind"];
    details: TimelineRow["details"];
  }>(
    sql`
    select at::text as at, id, kind, details from (
      select received_at as at, id, 'webhook_received' as kind, jsonb_build_object('webhook_type', webhook_type,
        'webhook_code', webhook_code, 'error_code', error_code, 'outcome', outcome, 'signed_at', signed_at,
        'processed_at', processed_at, 'item_id', plaid_item_id) as details
        from webhook_events where item_id = ${itemId}
      union all
      select at, id, 'api_call', jsonb_build_object('method', method, 'request_id', request_id,
        'http_status', http_status, 'error_type', error_type, 'error_code', error_code,
        'item_error_code', item_error_code, 'duration_ms', duration_ms, 'arguments', arguments)
        from plaid_api_events where item_id = ${itemId}
      union all
      select opened_at, id, 'episode_opened', jsonb_build_object('episode_id', id, 'error_type', error_type,
        'error_code', error_code) from episodes where item_id = ${itemId}
      union all
      select confirmed_at, id, 'episode_confirmed', jsonb_build_object('episode_id', id)
        from episodes where item_id = ${itemId} and confirmed_at is not null
      union all
      select closed_at, id, 'episode_closed', jsonb_build_object('episode_id', id, 'reason', close_reason,
        'seconds_open', extract(epoch from closed_at - opened_at))
        from episodes where item_id = ${itemId} and closed_at is not null
      union all
      select coalesce(settled_at, transmitting_at, created_at), id, 'email', jsonb_build_object('episode_id', episode_id,
        'step', step, 'state', state, 'template', template, 'due_at', due_at, 'attempts', attempts,
        'message_id', message_id, 'problem', problem) from emails where item_id = ${itemId}
      union all
      select created_at, id, 'link_session_started', jsonb_build_object('episode_id', episode_id,
        'request_id', request_id, 'outcome', outcome, 'finished_at', finished_at)
        from link_sessions where item_id = ${itemId}
      union all
      select received_at, id, 'link_callback', jsonb_build_object('callback', callback, 'event_name', event_name,
        'link_session_id', link_session_id, 'request_id', request_id, 'error_type', error_type,
        'error_code', error_code, 'exit_status', exit_status, 'institution_id', institution_id,
        'view_name', view_name) from link_events where item_id = ${itemId}
    ) entries
    ${before === undefined ? sql`` : sql`where (at, id, kind) < (${before.at}, ${before.id}::uuid, ${before.kind})`}
    order by at desc, id desc, kind desc limit ${page.limit}`,
  );
  return result.rows.map((row) => ({ ...row, at: new Date(row.at) }));
}
