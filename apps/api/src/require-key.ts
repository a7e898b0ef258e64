import { timingSafeEqual } from "node:crypto";
import type { RequestHandler } from "express";
import { hashApiKey } from "./hash-api-key.ts";
import { Problem } from "./problem.ts";

/** What people call the parameter when they put a key into an address. */
const KEY_PARAMETERS = new Set(["key", "apikey", "token", "accesstoken", "authorization", "bearer", "secret"]);

/**
 * Lets requests pass that carry `Authorization: Bearer <key>`, compared in constant time. All others get one and the
 * same 401; a key in the query gets a 400 even if the header is right, because it is in somebody's log by now.
 *
 * @param keyHash - what {@link hashApiKey} makes of the key.
 */
export function requireKey(keyHash: Buffer): RequestHandler {
  const isKey = (text: string) => timingSafeEqual(hashApiKey(text), keyHash);

  return (request, _response, next) => {
    const inQuery = Object.entries(request.query).some(
      ([name, value]) =>
        KEY_PARAMETERS.has(name.toLowerCase().replaceAll(/[^a-z]/g, "")) ||
        [value].flat().some((one) => typeof one === "string" && isKey(one)),
    );
    if (inQuery) {
      throw new Problem(
        "key-in-query",
        "send the key as Authorization: Bearer <key>; replace it if it was real, it is in logs by now",
      );
    }
    const [, sent] = /^Bearer +(\S+)$/i.exec(request.get("authorization") ?? "") ?? [];
    if (!isKey(sent ?? "")) {
      throw new Problem("unauthorized", "send Authorization: Bearer <RELINK_ADMIN_API_KEY>", {
        headers: { "www-authenticate": "Bearer" },
      });
    }
    next();
  };
}
