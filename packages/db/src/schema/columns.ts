import { randomUUIDv7 } from "node:crypto";
import { customType, timestamp, uuid } from "drizzle-orm/pg-core";

/** Raw bytes: request bodies, hashes, ciphertext. */
export const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/** A provider's identifier: compared byte by byte, since Plaid's are case-sensitive. */
export const providerText = customType<{ data: string }>({ dataType: () => 'text collate "C"' });

/** Our own primary key, a UUIDv7 made by the writer, so that rows sort by age. */
export const ownId = () =>
  uuid()
    .primaryKey()
    .$defaultFn(() => randomUUIDv7());

/** A moment in milliseconds, the precision of a JavaScript `Date`, so that what is read compares equal to what is stored. */
export const moment = () => timestamp({ withTimezone: true, precision: 3, mode: "date" });
