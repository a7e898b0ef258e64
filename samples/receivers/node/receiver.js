// Receives Relink's events: WEBHOOK_SECRET=whsec_… node receiver.js
import express from "express";
import { Webhook } from "standardwebhooks";

const { WEBHOOK_SECRET = "", PORT = "3000" } = process.env;
const webhook = new Webhook(WEBHOOK_SECRET);

// In earnest: a table that has the id as its key. Keep ids for four days: so long may an event come again.
const seen = new Set();

const app = express();

// The body as it came: the signature is over its bytes, and a JSON parser does not give them back.
app.post("/relink", express.raw({ type: "application/json", limit: "256kb" }), (request, response) => {
  let event;
  try {
    event = webhook.verify(request.body, request.headers);
  } catch {
    response.sendStatus(401);
    return;
  }
  if (event.type === "webhook.verification") {
    response.json({ challenge: event.data.challenge });
    return;
  }
  const isRepeat = seen.has(event.id);
  seen.add(event.id);
  // Now that it is kept: the work comes after the answer.
  response.sendStatus(204);
  if (!isRepeat) handle(event);
});

function handle({ type, data }) {
  console.log(type, data.item_id ?? "-", data.sequence ?? "-", data.state ?? "-");
}

app.listen(Number(PORT), () => console.log(`listening on port ${PORT}`));
