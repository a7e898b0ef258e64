import type { webhooks } from "./generated/api.ts";

/**
 * An event as a receiver gets it. `type` tells which one it is, and so what `data` holds.
 *
 * It is a promise of Relink, not a check: verify the signature first. New types come without notice, so that one that is not
 * named here has to be let through.
 */
export type RelinkEvent = {
  [Type in keyof webhooks]: webhooks[Type]["post"]["requestBody"]["content"]["application/json"];
}[keyof webhooks];
