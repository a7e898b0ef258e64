/** A bank of Plaid's Sandbox. */
export interface Institution {
  id: string;
  name: string;
  countries: readonly string[];
  oauth: boolean;
  /** What a login ends in, whatever the credentials. */
  loginError?: string;
  health: "HEALTHY" | "DEGRADED" | "DOWN";
}

const us = { countries: ["US"], oauth: false, health: "HEALTHY" } as const;
const uk = { countries: ["GB"], oauth: true, health: "HEALTHY" } as const;

const LIST: readonly Institution[] = [
  { ...us, id: "ins_109508", name: "First Platypus Bank" },
  { ...us, id: "ins_109509", name: "First Gingham Credit Union" },
  { ...us, id: "ins_109510", name: "Tattersall Federal Credit Union" },
  { ...us, id: "ins_109511", name: "Tartan Bank" },
  { ...us, id: "ins_109512", name: "Houndstooth Bank" },
  { ...us, id: "ins_130016", name: "First Platypus Balance Bank" },
  { ...us, id: "ins_127287", name: "Platypus OAuth Bank", oauth: true },
  { ...us, id: "ins_132241", name: "First Platypus OAuth App2App Bank", oauth: true },
  { ...us, id: "ins_135858", name: "Windowpane Bank" },
  { ...us, id: "ins_43", name: "Tartan-Dominion Bank of Canada", countries: ["CA"] },
  { ...uk, id: "ins_116834", name: "Flexible Platypus Open Banking" },
  { ...uk, id: "ins_117650", name: "Royal Bank of Plaid" },
  { ...uk, id: "ins_117181", name: "Flexible Platypus Open Banking (QR code)" },
  { ...us, id: "ins_132363", name: "Unhealthy Platypus Bank – Degraded", health: "DEGRADED" },
  { ...us, id: "ins_132361", name: "Unhealthy Platypus Bank – Down", health: "DOWN", loginError: "INSTITUTION_DOWN" },
  { ...us, id: "ins_133402", name: "Unsupported Platypus Bank", loginError: "INSTITUTION_NO_LONGER_SUPPORTED" },
];

/** By id. @see https://plaid.com/docs/sandbox/institutions/ (checked 2026-11-21) */
export const institutions: ReadonlyMap<string, Institution> = new Map(LIST.map((bank) => [bank.id, bank]));

const DAY_MS = 86_400_000;

/** The usual life of a consent in North America. @see https://plaid.com/docs/link/oauth/ (checked 2026-11-21) */
export const YEAR_MS = 365 * DAY_MS;

/**
 * When a consent that is given now ends: after a year at OAuth banks in North America, after 180 days in Europe, never
 * elsewhere.
 *
 * @see https://plaid.com/docs/link/oauth/ (checked 2026-11-21)
 */
export function consentEnd(bank: Institution, now: number): string | null {
  if (bank.countries.includes("GB")) return new Date(now + 180 * DAY_MS).toISOString();
  return bank.oauth ? new Date(now + YEAR_MS).toISOString() : null;
}

/** A bank as `/institutions/get_by_id` shows it, with the health that it has now. */
export function institutionView(
  bank: Institution,
  now: { health: Institution["health"]; changedAt: number | null },
  options: { include_status?: boolean | undefined; include_optional_metadata?: boolean | undefined },
) {
  const products = ["assets", "auth", "balance", "identity", "investments", "liabilities", "transactions"];
  return {
    institution_id: bank.id,
    name: bank.name,
    products,
    country_codes: bank.countries,
    routing_numbers: bank.countries.includes("US") ? ["110000000"] : [],
    dtc_numbers: [],
    oauth: bank.oauth,
    ...(options.include_optional_metadata && { url: "https://plaid.com", primary_color: "#1f1f1f", logo: null }),
    ...(options.include_status && { status: statusView(now) }),
  };
}

function statusView({ health, changedAt }: { health: Institution["health"]; changedAt: number | null }) {
  const success = { HEALTHY: 0.98, DEGRADED: 0.42, DOWN: 0 }[health];
  const area = {
    status: health,
    last_status_change: changedAt === null ? "2026-01-01T00:00:00Z" : new Date(changedAt).toISOString(),
    breakdown: { success, error_plaid: 0, error_institution: Number((1 - success).toFixed(2)) },
  };
  const updates = {
    ...area,
    breakdown: {
      ...area.breakdown,
      refresh_interval: { HEALTHY: "NORMAL", DEGRADED: "DELAYED", DOWN: "STOPPED" }[health],
    },
  };
  return {
    item_logins: area,
    auth: area,
    identity: area,
    transactions_updates: updates,
    investments_updates: updates,
    liabilities_updates: updates,
    health_incidents: [],
  };
}
