import express, { type Router } from "express";
import { errorCodes } from "../plaid/errors.ts";
import type { RateLimits } from "../plaid/rate-limits.ts";
import { answerError, ControlError, refuseOtherSites } from "./answer-errors.ts";
import { type FaultState, faultsSchema } from "./faults.ts";
import { createInstitutionControls, type InstitutionControlsDeps } from "./institution-routes.ts";
import { createItemControls, type ItemControlsDeps } from "./item-routes.ts";
import { createWebhookControls, type WebhookControlsDeps } from "./webhook-routes.ts";

/**
 * What Plaid's own Sandbox has no call for: break and repair Items at will, send any webhook, and make the sandbox itself
 * misbehave. JSON, no credentials.
 */
export function createControlRoutes(
  deps: ItemControlsDeps &
    InstitutionControlsDeps &
    WebhookControlsDeps & { faults: FaultState; rateLimits: RateLimits; clearState: () => void },
): Router {
  const { keys, faults, rateLimits } = deps;
  const router = express.Router();
  router.use(refuseOtherSites);
  router.use(express.json({ limit: "1mb" }));
  router.use("/items", createItemControls(deps));
  router.use("/institutions", createInstitutionControls(deps));
  router.use("/webhooks", createWebhookControls(deps));

  router.get("/errors", (_request, response) => {
    response.json({ errors: errorCodes() });
  });

  router
    .route("/faults")
    .get((_request, response) => {
      response.json(faults.current);
    })
    .put((request, response) => {
      faults.set(faultsSchema.parse(request.body ?? {}));
      response.json(faults.current);
    })
    .delete((_request, response) => {
      faults.clear();
      response.json(faults.current);
    });

  router
    .route("/rate-limits")
    .get((_request, response) => {
      const paths = [...rateLimits.counts()].map(([path, counts]) => ({
        path,
        calls: counts.calls,
        refused: counts.refused,
        highest_per_minute: counts.highestPerMinute,
        highest_per_minute_of_one_item: counts.highestPerMinuteOfOneItem,
      }));
      response.json({ paths });
    })
    .delete((_request, response) => {
      rateLimits.clear();
      response.json({ paths: [] });
    });

  router.get("/keys", (_request, response) => {
    response.json({ keys: keys.list() });
  });

  router.post("/keys/rotate", async (_request, response) => {
    response.json({ kid: await keys.rotate() });
  });

  router.delete("/state", (_request, response) => {
    deps.clearState();
    response.json({});
  });

  router.use((request) => {
    throw new ControlError(404, `there is no ${request.method} /control${request.path}; see the README`);
  });
  router.use(answerError);
  return router;
}
