import type { DatabaseRole } from "@relink/testkit";
import { Redis } from "ioredis";
import pg from "pg";
import { DevelopmentError } from "./development-error.ts";

const APP_ROLES: readonly DatabaseRole[] = ["relink_ingress", "relink_worker", "relink_link", "relink_api"];

/**
 * Checks that the login of a given database may act as each app's role.
 *
 * @throws {@link DevelopmentError} with the statement that makes it so.
 */
export async function checkRoles(urlFor: (role: DatabaseRole) => string): Promise<void> {
  for (const role of APP_ROLES) {
    const client = new pg.Client({ connectionString: urlFor(role), connectionTimeoutMillis: 5_000 });
    try {
      await client.connect();
    } catch (cause) {
      const login = new URL(urlFor(role)).username;
      throw new DevelopmentError(
        `the login of DATABASE_URL may not act as ${role} (${(cause as Error).message}): as a superuser, run \`GRANT ${APP_ROLES.join(", ")} TO ${login}\``,
        { cause },
      );
    } finally {
      await client.end();
    }
  }
}

/** @throws {@link DevelopmentError} if no Redis answers there. */
export async function checkRedis(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  let reason = "";
  client.on("error", (error: Error) => (reason = error.message));
  try {
    await client.connect();
    await client.ping();
  } catch (cause) {
    throw new DevelopmentError(
      `no Redis answers at REDIS_URL (${reason || (cause as Error).message}): start it, or unset REDIS_URL to have one started here`,
      { cause },
    );
  } finally {
    client.disconnect();
  }
}
