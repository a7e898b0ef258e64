import type { Institution } from "../plaid/institutions.ts";
import { one, type Store } from "./open-store.ts";

/** How a bank does. `changedAt` is in epoch milliseconds; null where nobody ever changed it. */
export interface InstitutionHealth {
  health: Institution["health"];
  changedAt: number | null;
}

export type InstitutionHealths = ReturnType<typeof createInstitutionHealths>;

/** The statements on the health of banks. A bank without a row does as Plaid's list of Sandbox banks says. */
export function createInstitutionHealths(store: Store) {
  const upsert = store.prepare(
    `insert into institution_health (institution_id, health, changed_at) values (?, ?, ?)
     on conflict (institution_id) do update set health = excluded.health, changed_at = excluded.changed_at`,
  );
  const byId = store.prepare("select health, changed_at from institution_health where institution_id = ?");
  return {
    of(bank: Institution): InstitutionHealth {
      const row = one<{ health: Institution["health"]; changed_at: number }>(byId, bank.id);
      return row === undefined
        ? { health: bank.health, changedAt: null }
        : { health: row.health, changedAt: row.changed_at };
    },

    set(institutionId: string, health: Institution["health"], now: number): void {
      upsert.run(institutionId, health, now);
    },
  };
}
