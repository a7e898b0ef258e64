import express, { type Router } from "express";
import { z } from "zod";
import type { ItemLife } from "../item-life.ts";
import { errorBody } from "../plaid/errors.ts";
import { type Institution, institutions } from "../plaid/institutions.ts";
import type { InstitutionHealths } from "../store/institution-health.ts";
import { bankOf, firesWebhook } from "./request-fields.ts";

const OUTAGES = ["INSTITUTION_DOWN", "INSTITUTION_NOT_RESPONDING", "INSTITUTION_NOT_AVAILABLE"] as const;

export interface InstitutionControlsDeps {
  healths: InstitutionHealths;
  life: ItemLife;
  now: () => number;
}

/** `/control/institutions`: how a bank does, and outages that all of its Items feel. */
export function createInstitutionControls({ healths, life, now }: InstitutionControlsDeps): Router {
  const router = express.Router();

  const healthState = (bank: Institution) => {
    const { health, changedAt } = healths.of(bank);
    return {
      institution_id: bank.id,
      name: bank.name,
      health,
      changed_at: changedAt === null ? null : new Date(changedAt).toISOString(),
    };
  };

  router.get("/", (_request, response) => {
    response.json({ institutions: [...institutions.values()].map(healthState) });
  });

  router.put("/:institutionId/health", (request, response) => {
    const { health } = z.strictObject({ health: z.enum(["HEALTHY", "DEGRADED", "DOWN"]) }).parse(request.body ?? {});
    const bank = bankOf(request.params.institutionId);
    healths.set(bank.id, health, now());
    response.json(healthState(bank));
  });

  router
    .route("/:institutionId/outage")
    .post((request, response) => {
      const { error_code: code, webhook } = z
        .strictObject({ error_code: z.enum(OUTAGES).default("INSTITUTION_DOWN"), ...firesWebhook })
        .parse(request.body ?? {});
      const bank = bankOf(request.params.institutionId);
      const changed = life.beginOutage(bank.id, errorBody(code), webhook);
      response.json({ ...healthState(bank), items_changed: changed });
    })
    .delete((request, response) => {
      const bank = bankOf(request.params.institutionId);
      const changed = life.endOutage(bank.id);
      response.json({ ...healthState(bank), items_changed: changed });
    });

  return router;
}
