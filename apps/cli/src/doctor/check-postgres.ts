import { type Db, DurabilityError, listEncryptionKeys, missingColumns, refuseUnfit } from "@relink/db";
import type { KeyRing, Secret } from "@relink/service";
import { explain } from "../explain.ts";
import { withDatabase } from "../open-database.ts";
import type { Finding } from "./finding.ts";

/** The server, whether it keeps what it acknowledges, the migrations, the keys. */
export async function checkPostgres(url: Secret, keys: KeyRing | undefined): Promise<Finding[]> {
  return withDatabase(url, async ({ pool, db }) => {
    const server = await pool
      .query<{ version: string }>("select current_setting('server_version') as version")
      .catch((error: unknown) => {
        if (error instanceof DurabilityError) return error.problems;
        throw error;
      });
    if (!("rows" in server)) {
      return server.map((problem): Finding => ({ check: "postgres", state: "failed", message: problem }));
    }
    const version = server.rows[0]?.version ?? "unknown";
    return [
      { check: "postgres", state: "ok", message: `version ${version}, a commit is a promise` },
      await checkMigrations(db),
      ...(keys === undefined ? [] : [await checkKeys(db, keys)]),
    ];
  });
}

async function checkMigrations(db: Db): Promise<Finding> {
  const missing = await missingColumns(db);
  if (missing.length === 0) return { check: "migrations", state: "ok", message: "all applied" };
  return {
    check: "migrations",
    state: "failed",
    message: `the database lacks ${missing.length} column(s), the first is ${missing[0]}: migrate it (packages/db/src/main.ts)`,
  };
}

async function checkKeys(db: Db, keys: KeyRing): Promise<Finding> {
  const check = "keys";
  try {
    const known = await listEncryptionKeys(db);
    refuseUnfit(known, keys);
    const [first = ""] = keys.keys();
    if (known.some(({ id }) => id === first)) return { check, state: "ok", message: `they open what is sealed` };
    return { check, state: "warning", message: `no app has started with key "${first}" as its first yet` };
  } catch (error) {
    return { check, state: "failed", message: explain(error) ?? "they could not be compared with the database" };
  }
}
