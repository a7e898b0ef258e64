import { showId } from "@relink/service";
import type { Response } from "express";
import { Problem } from "./problem.ts";
import type { Access } from "./scopes.ts";

/** Whose key a request carries. */
export type Principal =
  | { kind: "admin" }
  /** `teamId` and `keyId` are UUIDs. */
  | { kind: "team"; teamId: string; keyId: string; scopes: readonly string[] };

/** How it is named where things are kept for it: `admin`, or the key's id as it is shown. */
export function actorOf(principal: Principal): string {
  return principal.kind === "admin" ? "admin" : showId("key", principal.keyId);
}

/** The team that all it does is about; undefined for the admin key, which is no team's. */
export function teamOf(principal: Principal): string | undefined {
  return principal.kind === "admin" ? undefined : principal.teamId;
}

/** Whether it may see and change what belongs to a team. To whom it may not, the thing is not there. */
export function canReachTeam(principal: Principal, teamId: string): boolean {
  return principal.kind === "admin" || principal.teamId === teamId;
}

/** @throws Problem `forbidden`, which names what is missing. */
export function requireAccess(principal: Principal, access: Access): void {
  if (principal.kind === "admin" || access === "any-key") return;
  if (access === null) throw new Problem("forbidden", "only RELINK_ADMIN_API_KEY may do this");
  if (!principal.scopes.includes(access)) throw new Problem("forbidden", `this key lacks the scope ${access}`);
}

/** Whose key the request carries that is being answered; known once `requireKey` has let it pass. */
export function principalOf(response: Response): Principal {
  return response.locals["principal"] as Principal;
}
