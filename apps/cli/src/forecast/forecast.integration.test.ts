import { useDatabase } from "@relink/testkit/vitest";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fleetKeys } from "../testing/fleet-env.ts";
import { runRelink } from "../testing/run-relink.ts";
import { seedItems } from "../testing/seed-sealed-rows.ts";

const database = useDatabase();
let owner: pg.Client;
beforeAll(async () => {
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
});
afterAll(() => owner.end());

const DAY_MS = 86_400_000;

/** The Monday of the week that is `weeks` from now, in UTC. */
function monday(weeks: number): Date {
  const today = new Date(new Date().setUTCHours(0, 0, 0, 0));
  const sinceMonday = (today.getUTCDay() + 6) % 7;
  return new Date(today.getTime() + (weeks * 7 - sinceMonday) * DAY_MS);
}
const dayOf = (date: Date) => date.toISOString().slice(0, 10);

const forecast = (...args: string[]) =>
  runRelink(["forecast", ...args], { DATABASE_URL: database.urlFor("relink_api"), PLAID_ENV: "sandbox" });

test("with nothing to come it says so", async () => {
  expect((await forecast()).out).toBe("No connection ends within 12 week(s), as far as Plaid has said.\n");
});

test("ends are counted per week and bank, by whichever date is first, and only those to come", async () => {
  const ids = await seedItems(owner, fleetKeys(), 10);
  const change = (index: number, columns: Record<string, unknown>) => {
    const names = Object.keys(columns);
    return owner.query(`update items set ${names.map((name, at) => `${name} = $${at + 2}`).join(", ")} where id = $1`, [
      ids[index],
      ...Object.values(columns),
    ]);
  };
  const inWeek = (week: number) => new Date(monday(week).getTime() + 3 * DAY_MS + 1);
  const oauth = { institution_id: "ins_127287", institution_name: "Platypus OAuth Bank" };
  for (const index of [0, 1, 2]) await change(index, { consent_expires_at: inWeek(2), ...oauth });
  await change(3, { consent_expires_at: inWeek(2), institution_id: "ins_9" });
  await change(4, {
    consent_expires_at: inWeek(40),
    status: "expiring",
    pending_kind: "disconnect",
    pending_reason: "INSTITUTION_MIGRATION",
    pending_at: inWeek(1),
    ...oauth,
  });
  await change(5, { consent_expires_at: inWeek(3), institution_id: "ins_9" }); // one week too late
  await change(6, { consent_expires_at: new Date(Date.now() - DAY_MS) });
  await change(7, { consent_expires_at: inWeek(2), status: "removed" });

  const { out } = await forecast("--weeks", "3", "--json");
  expect(
    out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { week: dayOf(monday(1)), institution_id: "ins_127287", institution_name: "Platypus OAuth Bank", items: 1 },
    { week: dayOf(monday(2)), institution_id: "ins_127287", institution_name: "Platypus OAuth Bank", items: 3 },
    { week: dayOf(monday(2)), institution_id: "ins_9", institution_name: null, items: 1 },
    { weeks: 3, items: 5 },
  ]);
  expect((await forecast("--weeks", "3")).out).toBe(
    [
      "week of     bank                 connections",
      `${dayOf(monday(1))}  Platypus OAuth Bank            1`,
      `${dayOf(monday(2))}  Platypus OAuth Bank            3`,
      "            ins_9                          1",
      "            together                       5",
      "",
    ].join("\n"),
  );
});
