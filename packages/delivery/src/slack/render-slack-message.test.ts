import type { NotificationText } from "@relink/core";
import { expect, test } from "vitest";
import { escapeSlackText, renderSlackMessage } from "./render-slack-message.ts";

const at = new Date("2026-11-22T09:30:00.400Z");
const text: NotificationText = {
  tone: "bad",
  headline: "First Platypus Bank: 400 connections broke (ITEM_LOGIN_REQUIRED)",
  explanation: "The bank lets Plaid in no more.",
  rows: [
    { label: "Who must act", value: "the user" },
    { label: "Since", value: at },
  ],
};

test("a message says what happened, who acts, since when in the reader's own zone, and where to read on", () => {
  const items = [
    { id: "itm_1", url: "https://api.example.com/v1/items/itm_1/timeline" },
    { id: "itm_2", url: "https://api.example.com/v1/items/itm_2/timeline" },
  ];
  const message = renderSlackMessage(
    text,
    { label: "Items", items, more: 398 },
    { environment: "production", at: new Date("2026-11-22T09:31:00Z") },
  );
  expect(message).toEqual({
    text: "First Platypus Bank: 400 connections broke (ITEM_LOGIN_REQUIRED)",
    blocks: [
      section(":red_circle: *First Platypus Bank: 400 connections broke (ITEM_LOGIN_REQUIRED)*"),
      section("The bank lets Plaid in no more."),
      section("*Who must act:* the user\n*Since:* <!date^1795339800^{date_short_pretty}, {time}|2026-11-22 09:30 UTC>"),
      section(
        "*Items:* `itm_1` (<https://api.example.com/v1/items/itm_1/timeline|timeline>), `itm_2` (<https://api.example.com/v1/items/itm_2/timeline|timeline>) and 398 more",
      ),
      {
        type: "context",
        elements: [
          {
            type: "mrkdwn",
            text: "Relink · production · as of <!date^1795339860^{date_short_pretty}, {time}|2026-11-22 09:31 UTC>",
            verbatim: true,
          },
        ],
      },
    ],
  });
});

test("without an address of the API the Items are named and not linked", () => {
  const message = renderSlackMessage(
    { ...text, explanation: null, rows: [] },
    { label: "Items", items: [{ id: "itm_1", url: null }], more: 0 },
    { environment: null, at },
  );
  expect(message.blocks).toMatchObject([{ type: "section" }, section("*Items:* `itm_1`"), { type: "context" }]);
});

test("an address of the API that is too long for Slack leaves the message without links, not without words", () => {
  const items = ["itm_1", "itm_2"].map((id) => ({ id, url: `https://api.example.com/${"x".repeat(1_500)}/${id}` }));
  const { blocks } = renderSlackMessage(text, { label: "Items", items, more: 0 }, { environment: null, at });
  expect(blocks).toContainEqual(section("*Items:* `itm_1`, `itm_2`"));
});

test("a name can neither mention anybody nor make a link", () => {
  const name = "<!channel> <https://evil.example|Bank & Trust> &lt;";
  const message = JSON.stringify(
    renderSlackMessage(
      { tone: "news", headline: name, explanation: name, rows: [{ label: "Bank", value: name }] },
      null,
      { environment: "sandbox", at },
    ),
  );
  expect(message.match(/<[^>]*>/g)).toEqual(["<!date^1795339800^{date_short_pretty}, {time}|2026-11-22 09:30 UTC>"]);
  expect(escapeSlackText(name)).toBe("&lt;!channel&gt; &lt;https://evil.example|Bank &amp; Trust&gt; &amp;lt;");
});

function section(content: string) {
  return { type: "section", text: { type: "mrkdwn", text: content, verbatim: true } };
}
