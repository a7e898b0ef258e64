import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { deliveryHeaders } from "./delivery-headers.ts";
import { createSigningSecret, parseSigningSecret } from "./signing/signing-key.ts";

const secret = createSigningSecret();
const request = {
  eventId: "evt_01kazv0c8meygs6x2m70v1rr2f",
  deliveryId: "dlv_01kazv0c8meygs6x2m70v1rr2g",
  attempt: 3,
  at: new Date(),
  body: '{"type":"webhook.test"}',
  keys: [parseSigningSecret(secret)],
};

test("a receiver can verify the request, and read which attempt of which delivery it is", () => {
  const headers = deliveryHeaders(request);
  expect(new Webhook(secret.reveal()).verify(request.body, headers)).toEqual({ type: "webhook.test" });
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "webhook-id": request.eventId,
    "relink-attempt": "3",
    "relink-delivery": request.deliveryId,
  });
});

test("the timestamp is that of the attempt, in whole seconds", () => {
  const at = new Date("2026-11-22T09:30:00.999Z");
  expect(deliveryHeaders({ ...request, at })["webhook-timestamp"]).toBe("1795339800");
});

test("a request that is no delivery names none", () => {
  expect(deliveryHeaders({ ...request, deliveryId: null })).not.toHaveProperty("relink-delivery");
});

test("what the subscriber wants is sent along, and takes the place of nothing", () => {
  const headers = deliveryHeaders({ ...request, custom: { authorization: "Bearer x", "webhook-id": "y" } });
  expect(headers).toMatchObject({ authorization: "Bearer x", "webhook-id": request.eventId });
});
