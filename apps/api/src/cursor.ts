import type { OrderedPage } from "@relink/db";
import { z } from "zod";
import { Problem } from "./problem.ts";

/** A page of a list, as every list of the API is answered. */
export interface Page<Entry> {
  data: Entry[];
  has_more: boolean;
  next_cursor: string | null;
}

/**
 * The place in a list as a caller is given it: opaque, so that it may change. It holds no secret and grants nothing: it
 * only says after which entry to go on.
 */
export function writeCursor(place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/**
 * @returns the place that {@link writeCursor} was given; undefined if there is no cursor.
 * @throws {@link Problem} if it is not a cursor of this list.
 */
export function readCursor<Place extends z.ZodType>(
  schema: Place,
  cursor: string | undefined,
): z.output<Place> | undefined {
  if (cursor === undefined) return undefined;
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    place = undefined;
  }
  const read = schema.safeParse(place);
  if (read.success) return read.data;
  throw new Problem("validation-failed", "the cursor is not one of this list", {
    errors: [
      {
        parameter: "cursor",
        code: "invalid",
        detail: "must be the next_cursor of an earlier answer to the same request",
      },
    ],
  });
}

/**
 * What to ask for, one row more than the page has, of a list that goes either way and whose places are `[list, order, id]`.
 * A cursor is good for the order that it was given in: in the other it would lead back.
 *
 * @throws {@link Problem} as {@link readCursor}.
 */
export function orderedPage(
  list: string,
  { limit, order, cursor }: { limit: number; order: OrderedPage["order"]; cursor?: string | undefined },
): OrderedPage {
  const [, , from] = readCursor(z.tuple([z.literal(list), z.literal(order), z.uuid()]), cursor) ?? [];
  return { limit: limit + 1, order, from };
}

/**
 * Cuts a page out of rows of which one more than `limit` was asked for.
 *
 * @param placeOf - where a row is in the list.
 */
export function pageOf<Row>(rows: readonly Row[], limit: number, placeOf: (row: Row) => readonly unknown[]): Page<Row> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  const hasMore = rows.length > limit;
  return { data, has_more: hasMore, next_cursor: hasMore && last !== undefined ? writeCursor(placeOf(last)) : null };
}

/** A page of rows as the API shows them. */
export function showPage<Row, Entry>({ data, ...more }: Page<Row>, show: (row: Row) => Entry): Page<Entry> {
  return { data: data.map((row) => show(row)), ...more };
}
