import { z } from "zod";
import { type Institution, institutions } from "../plaid/institutions.ts";
import { ControlError } from "./answer-errors.ts";

export const httpUrl = z.url({ protocol: /^https?$/ });

/** Of the controls that change an Item: false changes it in silence. */
export const firesWebhook = { webhook: z.boolean().default(true) };

/** Of lists. */
export const page = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  start: z.coerce.number().int().min(0).default(0),
});

/** @throws {@link ControlError} 404 if there is no such bank. */
export function bankOf(institutionId: string): Institution {
  const bank = institutions.get(institutionId);
  if (bank === undefined) throw new ControlError(404, "there is no such bank; GET /control/institutions lists them");
  return bank;
}
