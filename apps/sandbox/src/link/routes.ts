import type { Logger } from "@relink/service";
import express, { type Router } from "express";
import { z } from "zod";
import { newId } from "../ids.ts";
import { plaidErrors, requestIdOf } from "../plaid/routes.ts";
import { BANK_PAGE_POLICY, bankPage, bankPageGone } from "./bank-page.ts";
import type { LinkSessions } from "./session.ts";

const text = z.string().max(10_000);
const metadata = z.record(z.string(), z.unknown());

/** What Link's frame calls, and the page of the bank that it sends users to. */
export function createLinkRoutes({ sessions, logger }: { sessions: LinkSessions; logger: Logger }): Router {
  const frame = express.Router();
  frame.use((_request, response, next) => {
    response.locals["requestId"] = newId.request();
    next();
  });
  frame.use(express.json());

  frame.post("/session", (request, response) => {
    const { token, oauth_state_id: stateId } = z
      .object({ token: text, oauth_state_id: text.optional() })
      .parse(request.body);
    response.json({ ...sessions.begin(token, stateId), request_id: requestIdOf(response) });
  });

  frame.post("/hosted/:id/session", (request, response) => {
    const { oauth_state_id: stateId } = z.object({ oauth_state_id: text.optional() }).parse(request.body);
    response.json({ ...sessions.beginHosted(request.params.id, stateId), request_id: requestIdOf(response) });
  });

  frame.post("/session/:id/credentials", (request, response) => {
    const body = z.object({ institution_id: text, username: text, password: text }).parse(request.body);
    const success = sessions.submitCredentials(request.params.id, {
      institutionId: body.institution_id,
      username: body.username,
      password: body.password,
    });
    response.json({ ...success, request_id: requestIdOf(response) });
  });

  frame.post("/session/:id/accounts", (request, response) => {
    const { account_ids: ids } = z.object({ account_ids: z.array(text).max(1000) }).parse(request.body);
    response.json({ ...sessions.chooseAccounts(request.params.id, ids), request_id: requestIdOf(response) });
  });

  frame.post("/session/:id/oauth", (request, response) => {
    const { institution_id: institutionId } = z.object({ institution_id: text }).parse(request.body);
    const stateId = sessions.startOauth(request.params.id, institutionId);
    response.json({ login_path: `/oauth/login?oauth_state_id=${stateId}`, request_id: requestIdOf(response) });
  });

  frame.post("/session/:id/oauth/finish", (request, response) => {
    const { oauth_state_id: stateId } = z.object({ oauth_state_id: text }).parse(request.body);
    response.json({ ...sessions.finishOauth(request.params.id, stateId), request_id: requestIdOf(response) });
  });

  frame.post("/session/:id/events", (request, response) => {
    const body = z.object({ event_name: text, metadata }).parse(request.body);
    sessions.addEvent(request.params.id, body.event_name, body.metadata);
    response.json({ request_id: requestIdOf(response) });
  });

  frame.post("/session/:id/exit", (request, response) => {
    const body = z.object({ error: metadata.nullable(), metadata }).parse(request.body);
    sessions.exit(request.params.id, body.error, body.metadata);
    response.json({ request_id: requestIdOf(response) });
  });
  frame.use(plaidErrors(logger));

  const router = express.Router();
  router.use("/link/v2/api", frame);

  const stateIdOf = (value: unknown) => z.string().max(100).catch("").parse(value);

  router.get("/oauth/login", (request, response) => {
    const login = sessions.bankPage(stateIdOf(request.query["oauth_state_id"]));
    response.set("content-security-policy", BANK_PAGE_POLICY);
    response.status(login === undefined ? 404 : 200).send(login === undefined ? bankPageGone() : bankPage(login));
  });

  router.post("/oauth/login", express.urlencoded({ extended: false }), (request, response) => {
    const { decision } = z.object({ decision: z.enum(["allow", "deny"]).catch("deny") }).parse(request.body ?? {});
    const target = sessions.decideOauth(stateIdOf(request.query["oauth_state_id"]), decision === "allow");
    response.set("content-security-policy", BANK_PAGE_POLICY);
    if (target === undefined) response.status(404).send(bankPageGone());
    else response.redirect(303, target);
  });
  return router;
}
