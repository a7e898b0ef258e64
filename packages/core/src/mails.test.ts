import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { languageOf } from "./language.ts";
import { DAYTIME, mailTemplateFor, nextDaytime, nextReminder, type ReminderPolicy } from "./mails.ts";

const policy: ReminderPolicy = { reminderDays: [1, 3, 7], expiringDays: [7, 3, 1] };
const day = (number: number, hour = 12): Date => new Date(Date.UTC(2026, 0, number, hour));

describe("reminders", () => {
  test("about a break come one, three and seven days after the first mail, then no more", () => {
    const sent = { firstAt: day(1), endsAt: null };
    const next = (step: number) =>
      nextReminder("broken", "login_required", { ...sent, step, at: day(1 + step) }, policy);
    expect(next(0)).toEqual({ step: 1, dueAt: day(2) });
    expect(next(1)).toEqual({ step: 2, dueAt: day(4) });
    expect(next(2)).toEqual({ step: 3, dueAt: day(8) });
    expect(next(3)).toBeNull();
  });

  test("about an announced end come three days and one day before it", () => {
    const next = (at: Date, step: number) =>
      nextReminder("expiring", "expiring", { step, at, firstAt: day(1), endsAt: day(10) }, policy);
    expect(next(day(3), 0)).toEqual({ step: 1, dueAt: day(7) });
    expect(next(day(7), 1)).toEqual({ step: 2, dueAt: day(9) });
    expect(next(day(9), 2)).toBeNull();
  });

  test("skip the days that are over when an end was announced late", () => {
    const sent = { step: 0, at: day(8), firstAt: day(8), endsAt: day(10) };
    expect(nextReminder("expiring", "expiring", sent, policy)).toEqual({ step: 1, dueAt: day(9) });
  });

  test.each(["revoked", "new_accounts", "connected_again"] as const)("about %s there are none", (template) => {
    const sent = { step: 0, at: day(1), firstAt: day(1), endsAt: null };
    const cause = template === "new_accounts" ? "new_accounts" : "broken";
    expect(nextReminder(cause, template, sent, policy)).toBeNull();
  });
});

describe("the user's daytime", () => {
  test.each([
    ["America/New_York", "2026-01-05T13:59:00Z", "2026-01-05T14:00:00Z"],
    ["America/New_York", "2026-01-05T14:00:00Z", "2026-01-05T14:00:00Z"],
    ["America/New_York", "2026-01-05T22:59:59Z", "2026-01-05T22:59:59Z"],
    ["America/New_York", "2026-01-05T23:00:00Z", "2026-01-06T14:00:00Z"],
    // The clocks go forward in the night.
    ["Europe/Paris", "2026-03-28T20:00:00Z", "2026-03-29T07:00:00Z"],
    ["Asia/Kathmandu", "2026-01-05T00:00:00Z", "2026-01-05T03:15:00Z"],
    ["Pacific/Kiritimati", "2026-01-05T05:00:00Z", "2026-01-05T19:00:00Z"],
  ])("%s: what is due at %s goes out at %s", (zone, due, expected) => {
    expect(nextDaytime(new Date(due), zone, "UTC")).toEqual(new Date(expected));
  });

  test("of somebody whose time zone is missing or unknown is that of the fallback", () => {
    const due = new Date("2026-01-05T03:00:00Z");
    for (const zone of [null, "Mars/Olympus_Mons", ""]) {
      expect(nextDaytime(due, zone, "America/New_York")).toEqual(new Date("2026-01-05T14:00:00Z"));
    }
  });

  test("is never in the past and always between nine and six", () => {
    const zones = fc.constantFrom("America/New_York", "Europe/Paris", "Asia/Tokyo", "Australia/Lord_Howe", "UTC");
    fc.assert(
      fc.property(fc.date({ min: day(1), max: day(800), noInvalidDate: true }), zones, (due, zone) => {
        const at = nextDaytime(due, zone, "UTC");
        expect(at.getTime()).toBeGreaterThanOrEqual(due.getTime());
        const hour = new Intl.DateTimeFormat("en", { hour: "numeric", hourCycle: "h23", timeZone: zone }).format(at);
        expect(Number(hour)).toBeGreaterThanOrEqual(DAYTIME.from);
        expect(Number(hour)).toBeLessThan(DAYTIME.to);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("a mail has the text of the Item's status, and there is none about an outage or for an operator", () => {
  expect(mailTemplateFor("bank_action_required", "broken")).toBe("bank_action_required");
  expect(mailTemplateFor("expiring", "expiring")).toBe("expiring");
  expect(mailTemplateFor("healthy", "new_accounts")).toBe("new_accounts");
  expect(mailTemplateFor("login_required", "new_accounts")).toBeNull();
  for (const status of ["degraded", "needs_developer", "removed", "healthy"] as const) {
    expect(mailTemplateFor(status, "broken")).toBeNull();
  }
});

test.each([
  ["fr-CA", "fr"],
  ["es_MX", "es"],
  ["EN", "en"],
  ["de", "en"],
  ["", "en"],
  [null, "en"],
])("who reads %s is addressed in %s", (locale, language) => {
  expect(languageOf(locale)).toBe(language);
});
