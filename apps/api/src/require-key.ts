import { timingSafeEqual } from "node:crypto";
import { type Db, findLiveApiKey, noteApiKeyUse } from "@relink/db";
import type { RequestHandler } from "express";
import { hashApiKey, isTeamKey } from "./hash-api-key.ts";
import type { Principal } from "./principal.ts";
import { Problem } from "./problem.ts";

/** What people call the parameter when they put a key into an address. */
const KEY_PARAMETERS = new Set(["key", "apikey", "token", "accesstoken", "authorization", "bearer", "secret"]);

/**
 * Lets requests pass that carry `Authorization: Bearer <key>`, the admin's or a team's, and notes whose it is. All others
 * get one and the same 401; a key in the query gets a 400 even if the header is right, because it is in somebody's log by
 * now.
 *
 * Nothing is remembered between requests: a key that was revoked is refused from the next one on.
 *
 * @param options.adminKeyHash - what {@link hashApiKey} makes of the admin key; compared in constant time.
 */
export function requireKey(options: { adminKeyHash: Buffer; db: Db }): RequestHandler {
  const isAdminKey = (text: string) => timingSafeEqual(hashApiKey(text), options.adminKeyHash);

  return async (request, response, next) => {
    const inQuery = Object.entries(request.query).some(
      ([name, value]) =>
        KEY_PARAMETERS.has(name.toLowerCase().replaceAll(/[^a-z]/g, "")) ||
        [value].flat().some((one) => typeof one === "string" && (isTeamKey(one) || isAdminKey(one))),
    );
    if (inQuery) {
      throw new Problem(
        "key-in-query",
        "send the key as Authorization: Bearer <key>; replace it if it was real, it is in logs by now",
      );
    }
    const [, sent = ""] = /^Bearer +(\S+)$/i.exec(request.get("authorization") ?? "") ?? [];
    const principal = isAdminKey(sent) ? { kind: "admin" as const } : await findPrincipal(options.db, sent);
    if (principal === null) {
      throw new Problem("unauthorized", "send Authorization: Bearer <key>, with a key that is valid now", {
        headers: { "www-authenticate": "Bearer" },
      });
    }
    response.locals["principal"] = principal;
    next();
  };
}

const MINUTE_MS = 60_000;

async function findPrincipal(db: Db, sent: string): Promise<Principal | null> {
  if (!isTeamKey(sent)) return null;
  const key = await findLiveApiKey(db, hashApiKey(sent));
  if (key === null) return null;
  const { id: keyId, teamId, scopes, lastUsedAt } = key;
  if (lastUsedAt === null || Date.now() - lastUsedAt.getTime() >= MINUTE_MS) await noteApiKeyUse(db, keyId);
  return { kind: "team", teamId, keyId, scopes };
}
