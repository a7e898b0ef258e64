import { randomUUID } from "node:crypto";
import { readId } from "@relink/service";
import type { setUpApi } from "./api-for-test.ts";

export interface EventForTest {
  type?: string;
  itemId?: string | null;
  teamId?: string | null;
  isTest?: boolean;
  errorCode?: string | null;
  /** Default: now. */
  createdAt?: Date;
}

export interface DeliveryForTest extends EventForTest {
  state?: string;
  /** Of an event that is there already. */
  eventId?: string;
  attempts?: number;
  errorCode?: string | null;
}

/** Writes events, deliveries and attempts as the workers do. All ids are UUIDs. */
export function deliveryRows({ query }: ReturnType<typeof setUpApi>) {
  /** Rows are as old as their ids. */
  const newId = (at: Date): string => {
    const hex = at.getTime().toString(16).padStart(12, "0");
    return `${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
  };
  let newest = 0;
  /** Later than every moment before it: ids of one millisecond come in any order. */
  const now = (): Date => {
    newest = Math.max(Date.now(), newest + 1);
    return new Date(newest);
  };

  const insertEvent = async (event: EventForTest = {}): Promise<string> => {
    const { type = "item.error", itemId = null, teamId = null, isTest = false, errorCode = null } = event;
    const at = event.createdAt ?? now();
    const id = newId(at);
    await query(
      `insert into events (id, type, environment, item_id, team_id, is_test, error_code, occurred_at, created_at, body, matched)
       values ($1, $2, 'sandbox', $3, $4, $5, $6, $7, $7, $8, 1)`,
      [id, type, itemId, teamId, isTest, errorCode, at, JSON.stringify({ type, data: {} })],
    );
    return id;
  };

  return {
    insertEvent,
    insertDelivery: async (subscription: { id: string }, delivery: DeliveryForTest = {}): Promise<string> => {
      const { state = "pending", type = "item.error", attempts = 0, errorCode = null } = delivery;
      const at = delivery.createdAt ?? now();
      const eventId = delivery.eventId ?? (await insertEvent(delivery));
      const id = newId(at);
      const isOver = ["delivered", "exhausted", "aborted", "cancelled", "superseded"].includes(state);
      await query(
        `insert into deliveries (id, event_id, subscription_id, event_type, state, attempts, last_error_code, created_at,
           due_at, settled_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)`,
        [id, eventId, readId("sub", subscription.id), type, state, attempts, errorCode, at, isOver ? at : null],
      );
      return id;
    },
    /** @param attempt.status - null if no answer came. */
    insertAttempt: async (
      deliveryId: string,
      attempt: { number: number; status: number | null; errorCode?: string | null; at?: Date; totalMs?: number },
    ): Promise<string> => {
      const { number, status, errorCode = null, at = now(), totalMs = 100 } = attempt;
      const id = newId(at);
      await query(
        `insert into delivery_attempts (id, delivery_id, subscription_id, number, trigger, url, scheduled_for, started_at,
           total_ms, request_bytes, signature_key_ids, response_status, response_headers, response_body, error_code,
           error_detail, resolved_address)
         select $1, id, subscription_id, $3, 'initial', 'https://hooks.example.com/', $4::timestamptz - interval '40 ms', $4,
           $5, 12, '{sec_1}', $6, '{"content-type":"text/plain"}', 'answer', $7, 'MARKER-detail', 'MARKER-10.0.0.1'
         from deliveries where id = $2`,
        [id, deliveryId, number, at, totalMs, status, errorCode],
      );
      return id;
    },
  };
}
