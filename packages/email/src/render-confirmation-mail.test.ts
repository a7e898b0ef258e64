import { expect, test } from "vitest";
import { type ConfirmationMailInput, renderConfirmationMail } from "./render-confirmation-mail.tsx";
import { EmailInputError } from "./render-email.tsx";

const usual: ConfirmationMailInput = {
  teamName: "Payments",
  productName: "Acme",
  subjects: ["Connections to banks: when they break", "How users are asked to reconnect"],
  subscriptionId: "sub_01kazv2z3we6n9p4q8r5s7t1vb",
  confirmUrl: "https://link.acme.example/team-mail/confirm/token",
  expiresAt: new Date("2026-11-23T09:30:00Z"),
};

test("both parts say which team wants to mail what, until when the one link works, and that silence is a no", async () => {
  const { subject, html, text } = await renderConfirmationMail(usual);
  expect(subject).toBe("[Acme] Please confirm: mails for the team “Payments”");
  for (const part of [html, text]) {
    const words = part.replace(/<!--.*?-->/gs, "").replace(/\s+/g, " ");
    expect(words).toContain("The team “Payments” wants Relink to send mails to this address");
    expect(words).toContain("Connections to banks: when they break");
    expect(words).toContain("How users are asked to reconnect");
    expect(words).toContain("Nothing is sent until you confirm it");
    expect(words).toContain("November 23, 2026 at 09:30 UTC");
    expect(words).toContain("sub_01kazv2z3we6n9p4q8r5s7t1vb");
    expect(new Set(part.match(/https?:\/\/link[^\s"<]*/g))).toEqual(new Set([usual.confirmUrl]));
  }
  expect(text).toContain(`\nConfirm or decline:\n${usual.confirmUrl}\n`);
});

test("a team's name can carry neither a link nor markup", async () => {
  const teamName = "<b>Win</b> https://evil.example now";
  const { subject, html, text } = await renderConfirmationMail({ ...usual, teamName });
  expect(`${subject}${html}${text}`).not.toContain("evil.example");
  expect(html).not.toContain("<b>Win");
});

test.each([
  [{ productName: "https://evil.example" }, "PRODUCT_NAME"],
  [{ confirmUrl: "javascript:alert(1)" }, "LINK_PUBLIC_URL"],
])("it is not written with %j", async (change, setting) => {
  await expect(renderConfirmationMail({ ...usual, ...change })).rejects.toThrow(EmailInputError);
  await expect(renderConfirmationMail({ ...usual, ...change })).rejects.toThrow(setting);
});
