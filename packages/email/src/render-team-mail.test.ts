import type { NotificationText } from "@relink/core";
import { expect, test } from "vitest";
import { EmailInputError } from "./render-email.tsx";
import { renderTeamMail, type TeamMailInput } from "./render-team-mail.tsx";

const text: NotificationText = {
  tone: "bad",
  headline: "First Platypus Bank: 7 connections broke (ITEM_LOGIN_REQUIRED)",
  explanation: "The bank lets Plaid in no more.",
  rows: [
    { label: "Who must act", value: "the user" },
    { label: "Since", value: new Date("2026-11-22T09:30:00Z") },
  ],
};
const usual: TeamMailInput = {
  text,
  named: {
    label: "Items",
    items: [
      { id: "itm_1", url: "https://api.example.com/v1/items/itm_1/timeline" },
      { id: "itm_2", url: null },
    ],
    more: 5,
  },
  productName: "Acme",
  environment: "production",
  subscriptionId: "sub_01kazv2z3we6n9p4q8r5s7t1vb",
  unsubscribeUrl: "https://link.acme.example/team-mail/token",
};

test("both parts say what happened, who acts, since when, to which Items, and how to pause these mails", async () => {
  const { subject, html, text: plain } = await renderTeamMail(usual);
  expect(subject).toBe("[Acme] First Platypus Bank: 7 connections broke (ITEM_LOGIN_REQUIRED)");
  const visible = html
    .replace(/<head>.*<\/head>/s, "")
    .replace(/<!--.*?-->|<wbr\/>/gs, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
  for (const part of [visible, plain.replace(/\s+/g, " ")]) {
    expect(part).toContain("First Platypus Bank: 7 connections broke (ITEM_LOGIN_REQUIRED)");
    expect(part).toContain("The bank lets Plaid in no more.");
    expect(part).toMatch(/Who must act: ? the user/);
    expect(part).toMatch(/Since: ? November 22, 2026 at 09:30 UTC/);
    expect(part).toMatch(/Environment: ? production/);
    expect(part).toContain("itm_2 and 5 more");
    expect(part).toContain("sub_01kazv2z3we6n9p4q8r5s7t1vb");
  }
  for (const part of [html, plain]) {
    expect(part).toContain("https://api.example.com/v1/items/itm_1/timeline");
    expect(part).toContain("https://link.acme.example/team-mail/token");
  }
});

test("an error code in the headline breaks between its words, if at all, and is one word as text", async () => {
  const { html, text: plain } = await renderTeamMail(usual);
  expect(html).toContain("(ITEM_<wbr/>LOGIN_<wbr/>REQUIRED)");
  expect(plain).toContain("(ITEM_LOGIN_REQUIRED)");
});

test("a name in the headline is text", async () => {
  const { html } = await renderTeamMail({ ...usual, text: { ...text, headline: "<img src=x> & Co" } });
  expect(html).not.toContain("<img");
});

test.each([
  [{ productName: "https://evil.example" }, "PRODUCT_NAME"],
  [{ unsubscribeUrl: "javascript:alert(1)" }, "LINK_PUBLIC_URL"],
])("it is not written with %j", async (change, setting) => {
  await expect(renderTeamMail({ ...usual, ...change })).rejects.toThrow(EmailInputError);
  await expect(renderTeamMail({ ...usual, ...change })).rejects.toThrow(setting);
});
