import type { Secret } from "@relink/service";
import { withDatabase } from "../open-database.ts";
import type { Finding } from "./finding.ts";

/** Nobody minds less. A `Date` header has whole seconds, and a network has its moods. */
const WARNING_MS = 3_000;
/** The ingress refuses webhooks that seem older than 5 minutes; from here on that is not far. */
const FAILED_MS = 60_000;
const TIMEOUT_MS = 10_000;

/** How far this machine's clock is from the database's. */
export async function checkDatabaseClock(url: Secret): Promise<Finding[]> {
  return withDatabase(url, async (database) => {
    // The first statement opens the connection, which takes its time.
    await database.now();
    return [await compare("database", () => database.now())];
  });
}

/** How far this machine's clock is from Plaid's, as the `Date` header of any answer tells it. */
export async function checkPlaidClock(baseUrl: string): Promise<Finding[]> {
  const read = async () => {
    const response = await fetch(baseUrl, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    return new Date(response.headers.get("date") ?? Number.NaN);
  };
  return [await compare("Plaid", read)];
}

async function compare(whose: string, read: () => Promise<Date>): Promise<Finding> {
  const check = "clock";
  const before = Date.now();
  let theirs: Date;
  try {
    theirs = await read();
  } catch {
    return { check, state: "warning", message: `${whose} did not tell the time` };
  }
  const apartMs = Math.abs(theirs.getTime() - (before + Date.now()) / 2);
  if (Number.isNaN(apartMs)) return { check, state: "warning", message: `${whose} did not tell the time` };
  if (apartMs < WARNING_MS) return { check, state: "ok", message: `this machine and ${whose} agree` };
  return {
    check,
    state: apartMs < FAILED_MS ? "warning" : "failed",
    message: `this machine and ${whose} are ${Math.round(apartMs / 1_000)} s apart: set the clock by NTP, on every machine; webhooks that seem older than 5 minutes are refused`,
  };
}
