import { EVENT_TYPE_NAMES, type EventType, writeNotification } from "@relink/core";
import { EVENT_EXAMPLES, renderSlackMessage } from "@relink/delivery";
import { renderTeamMail } from "@relink/email";
import { expect, test } from "vitest";
import { readEvent } from "./read-event.ts";

const at = new Date("2026-11-22T09:30:00Z");

/** As Slack takes it. https://docs.slack.dev/reference/block-kit/blocks (checked 2026-11-22) */
const MAX_BLOCKS = 50;
const MAX_SECTION = 3_000;

function write(type: EventType, count: number) {
  const { topic, endsAt } = readEvent({
    id: "01a201f8-82bd-7bd1-a404-7d7027d71774",
    trigger: "initial",
    attempts: 0,
    event: {
      type,
      environment: "production",
      institutionId: "ins_109508",
      errorCode: null,
      itemId: null,
      sequence: null,
      isTest: false,
      occurredAt: at,
      body: JSON.stringify({ data: EVENT_EXAMPLES[type] }),
    },
  });
  const institutionName =
    "Raiffeisenlandesbankengenossenschaftsverband of the Northern and Southern Provinces (Business)";
  const facts = { topic, institutionName, count, recovered: Math.floor(count / 4), changed: 0, since: at, until: null };
  const text = writeNotification({ ...facts, endsAt });
  const items = Array.from({ length: Math.min(count, 5) }, (_, index) => {
    const id = `itm_01kazv0c8meygs6x2m70v1rr2${index}`;
    return { id, url: `https://relink-api.acme.example/v1/items/${id}/timeline` };
  });
  return { text, named: { label: "Items", items, more: count - items.length } };
}

const MESSAGES = EVENT_TYPE_NAMES.flatMap((type) => [1, 2, 400, 2_300].map((count) => [type, count] as const));

test.each(MESSAGES)("%s, %i of them: Slack and mail programs can show it", async (type, count) => {
  const { text, named } = write(type, count);
  const slack = renderSlackMessage(text, named, { environment: "production", at });
  expect(slack.blocks.length).toBeLessThanOrEqual(MAX_BLOCKS);
  for (const block of slack.blocks) expect(JSON.stringify(block).length).toBeLessThanOrEqual(MAX_SECTION);
  expect(JSON.stringify(slack)).toContain("`itm_01kazv0c8meygs6x2m70v1rr20`");

  const mail = await renderTeamMail({
    text,
    named,
    productName: "Acme",
    environment: "production",
    subscriptionId: "sub_01kazv2z3we6n9p4q8r5s7t1vb",
    unsubscribeUrl: "https://link.acme.example/team-mail/token",
  });
  expect(mail.html).toMatch(/<code[^>]*>itm_01kazv0c8meygs6x2m70v1rr20<\/code>/);
  for (const words of [slack.text, JSON.stringify(slack.blocks), mail.subject, mail.text]) {
    expect(words).not.toMatch(/undefined|null|NaN|expires_at|update mode/);
  }
});
