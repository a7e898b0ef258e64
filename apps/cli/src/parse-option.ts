import { InvalidArgumentError } from "commander";

/** For an option that takes a whole number. */
export function parseWhole(smallest: number, largest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < smallest || value > largest) {
      throw new InvalidArgumentError(`It must be a whole number from ${smallest} to ${largest}.`);
    }
    return value;
  };
}

/** For an option that takes a rate, such as `1000/s`; the unit may be left out. */
export function parseRate(unit: "s" | "min", largest: number): (text: string) => number {
  const example = unit === "s" ? "1000/s" : "2500/min";
  return (text) => {
    const [, digits] = new RegExp(`^(\\d{1,9})(?:/${unit})?$`).exec(text) ?? [];
    const rate = Number(digits);
    if (digits === undefined || rate === 0) throw new InvalidArgumentError(`It must look like ${example}.`);
    if (rate > largest) throw new InvalidArgumentError(`It must not be more than ${largest}/${unit}.`);
    return rate;
  };
}

const UNITS_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** For an option that takes a moment: `2026-11-22T09:30:00Z`, `2026-11-22` (its first moment in UTC), or `2h` ago. */
export function parseMoment(text: string): Date {
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return new Date(Date.now() - Number(amount) * (UNITS_MS[unit] ?? 0));
  const moment = new Date(DATE.test(text) ? text : Number.NaN);
  if (Number.isNaN(moment.getTime())) {
    throw new InvalidArgumentError("It must look like 2026-11-22T09:30:00Z, 2026-11-22, or 2h for two hours ago.");
  }
  return moment;
}
