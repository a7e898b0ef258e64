import type { ClaimedNotice, NoticeRow } from "@relink/db";
import { expect, test } from "vitest";
import { type OwnerNotice, writeNotice } from "./write-notice.ts";

const ID = "01a201f8-82bd-7bd1-a404-7d7027d71774";

function write(
  kind: OwnerNotice,
  details: Partial<NoticeRow["details"]> = {},
  subscription: Partial<ClaimedNotice["subscription"]> = {},
) {
  const claimed: Pick<ClaimedNotice, "notice" | "subscription"> = {
    notice: {
      id: ID,
      subscriptionId: ID,
      kind,
      details: { disableAt: null, disabledReason: null, ...details },
      state: "owed",
      dueAt: new Date(0),
      attempts: 1,
      transmittingAt: null,
      settledAt: null,
      messageId: null,
      address: null,
      problem: null,
      createdAt: new Date(0),
    },
    subscription: {
      id: ID,
      teamId: ID,
      kind: "webhook",
      slackChannel: null,
      address: null,
      url: "https://hooks.example.com:8443/in?token=hush",
      description: "Billing",
      eventTypes: ["*"],
      ownerContact: "owner@example.com",
      status: "failing",
      verifiedAt: new Date(0),
      deletedAt: null,
      ...subscription,
    },
  };
  return writeNotice(kind, claimed);
}

test.each<OwnerNotice>(["failing", "warning_60h", "warning_96h", "disabled", "recovered", "exhausted"])(
  "a notice of kind %s names its endpoint, without the values of its query",
  (kind) => {
    const { subject, text } = write(kind);
    expect(subject).toMatch(/^Relink: .*hooks\.example\.com:8443/);
    expect(text).toContain("Endpoint: https://hooks.example.com:8443/in\n");
    expect(text).toMatch(/Subscription: sub_[0-9a-z]{26}\nDescription: Billing\n$/);
    expect(`${subject}${text}`).not.toMatch(/hush|undefined|null/);
  },
);

test("a warning tells when the endpoint will be disabled, and a disabled one why it is and what to do", () => {
  expect(write("warning_96h", { disableAt: "2026-11-27T09:30:00.000Z" })).toMatchObject({
    subject: "Relink: the endpoint at hooks.example.com:8443 still fails, and will be disabled on 2026-11-27 09:30 UTC",
    text: expect.stringContaining("it will be disabled on 2026-11-27 09:30 UTC"),
  });
  const { text } = write("disabled", { disabledReason: "receiver_request" });
  expect(text).toContain("webhook-delivery: disable");
  expect(text).toMatch(/POST \/v1\/subscriptions\/sub_\w+\/enable/);
});

test("an address whose reader did not ask for the mails is disabled for that reason", () => {
  const { text } = write(
    "disabled",
    { disabledReason: "receiver_request" },
    { kind: "email", address: "a@example.com" },
  );
  expect(text).toContain("did not ask for these mails");
  expect(text).not.toContain("webhook-delivery");
});

test.each<[string, Partial<ClaimedNotice["subscription"]>, string, string, string]>([
  ["Slack bot", { kind: "slack", slackChannel: "#alarms", url: null }, "Slack (#alarms) is", "cannot post", "#alarms"],
  ["Slack webhook", { kind: "slack", url: null }, "Slack (the channel of its", "cannot post", "the channel of its"],
  ["mail", { kind: "email", address: "team@example.com", url: null }, "mail to team@", "does not exist", "team@"],
])("of a %s, the channel is named and why it is gone", (_, subscription, name, why, line) => {
  const { subject, text } = write("disabled", { disabledReason: "gone" }, subscription);
  expect(subject).toContain(`Relink: ${name}`);
  expect(text).toContain(why);
  expect(text).toMatch(new RegExp(`^(?:Slack|Address): ${RegExp.escape(line)}`, "m"));
  expect(`${subject}${text}`).not.toMatch(/undefined|null|410/);
});
