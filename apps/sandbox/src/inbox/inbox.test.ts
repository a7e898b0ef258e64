import { createTransport, type SendMailOptions } from "nodemailer";
import { expect, test } from "vitest";
import type { Sandbox } from "../sandbox.ts";
import { call, startSandbox } from "../testing/sandbox-for-test.ts";

const mail: SendMailOptions = {
  from: "Relink <relink@example.com>",
  to: "Ada Lovelace <ada@example.com>",
  bcc: "audit@example.com",
  subject: "Your bank asks for a new login – please",
  text: "Hello Ada,\nhere is your link.",
  html: "<p>Hello <b>Ada</b></p>",
  messageId: "<row-1@example.com>",
  headers: { "List-Unsubscribe": "<https://example.com/u>" },
  attachments: [{ filename: "a.txt", content: "abc" }],
};

async function sendMail(sandbox: Sandbox, given: Partial<SendMailOptions> = {}) {
  const transport = createTransport(sandbox.smtpUrl);
  try {
    return await transport.sendMail({ ...mail, ...given });
  } finally {
    transport.close();
  }
}

test("a mail that was sent is in the list and can be read, in Mailpit's shapes", async () => {
  const sandbox = await startSandbox();
  await sendMail(sandbox);
  const list = await call(sandbox, "GET", "/api/v1/messages?limit=10");
  expect(list).toMatchObject({ total: 1, unread: 1, count: 1, messages_count: 1, start: 0, tags: [] });
  expect(list["messages"]![0]).toMatchObject({
    MessageID: "row-1@example.com",
    Read: false,
    From: { Name: "Relink", Address: "relink@example.com" },
    To: [{ Name: "Ada Lovelace", Address: "ada@example.com" }],
    Cc: [],
    Bcc: [{ Name: "", Address: "audit@example.com" }],
    ReplyTo: [],
    Subject: "Your bank asks for a new login – please",
    Attachments: 1,
    Snippet: "Hello Ada, here is your link.",
  });

  const message = await call(sandbox, "GET", "/api/v1/message/latest");
  expect(message).toMatchObject({
    ID: list["messages"]![0]!["ID"],
    HTML: expect.stringContaining("<p>Hello <b>Ada</b></p>"),
    Text: expect.stringContaining("here is your link"),
    Attachments: [{ FileName: "a.txt", Size: 3 }],
    ListUnsubscribe: { Header: "<https://example.com/u>" },
  });
  expect((await call(sandbox, "GET", "/api/v1/messages"))["unread"]).toBe(0);

  const id = message["ID"]!;
  const raw = await (await fetch(`${sandbox.url}/api/v1/message/${id}/raw`)).text();
  expect(raw).toContain("Message-ID: <row-1@example.com>");
  const headers = await call(sandbox, "GET", `/api/v1/message/${id}/headers`);
  expect(headers["Message-ID"]).toEqual(["<row-1@example.com>"]);
});

test("the newest mail comes first, and pages are cut from there", async () => {
  const sandbox = await startSandbox();
  for (const subject of ["one", "two", "three"]) await sendMail(sandbox, { subject });
  const page = await call(sandbox, "GET", "/api/v1/messages?limit=1&start=1");
  expect(page).toMatchObject({ total: 3, count: 1, start: 1, messages: [{ Subject: "two" }] });
});

test("a search by address finds that person's mails only", async () => {
  const sandbox = await startSandbox();
  await sendMail(sandbox);
  await sendMail(sandbox, { to: "grace@example.com", subject: "Another" });
  const found = await call(sandbox, "GET", "/api/v1/search?query=to:grace@example.com");
  expect(found).toMatchObject({ total: 2, messages_count: 1, messages: [{ Subject: "Another" }] });
  const words = await call(sandbox, "GET", `/api/v1/search?query=${encodeURIComponent('subject:"new login"')}`);
  expect(words["messages_count"]).toBe(1);
});

test("DELETE removes the named mails, or all", async () => {
  const sandbox = await startSandbox();
  for (const subject of ["one", "two", "three"]) await sendMail(sandbox, { subject });
  const remove = (body?: object) =>
    fetch(`${sandbox.url}/api/v1/messages`, {
      method: "DELETE",
      ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
  const { ID } = await call(sandbox, "GET", "/api/v1/message/latest");
  await remove({ IDs: [ID] });
  expect((await call(sandbox, "GET", "/api/v1/messages"))["total"]).toBe(2);
  await remove();
  expect((await call(sandbox, "GET", "/api/v1/messages"))["total"]).toBe(0);
});

test.each(["connect", "rcpt", "data"])(
  "smtp.refuse %s: the sender gets an error and nothing is kept",
  async (refuse) => {
    const sandbox = await startSandbox();
    await call(sandbox, "PUT", "/control/faults", { smtp: { refuse } });
    const code = { connect: 421, rcpt: 550, data: 554 }[refuse];
    await expect(sendMail(sandbox)).rejects.toMatchObject({ responseCode: code });
    expect((await call(sandbox, "GET", "/api/v1/messages"))["total"]).toBe(0);
  },
);

test("smtp.drop_after_data: the mail is kept, and the sender never hears of it", async () => {
  const sandbox = await startSandbox();
  await call(sandbox, "PUT", "/control/faults", { smtp: { drop_after_data: true } });
  await expect(sendMail(sandbox)).rejects.toMatchObject({ code: expect.stringMatching(/ECONNECTION|ESOCKET/) });
  expect((await call(sandbox, "GET", "/api/v1/messages"))["total"]).toBe(1);
});

test("the HTML of a mail is shown without any right to run or fetch", async () => {
  const sandbox = await startSandbox();
  await sendMail(sandbox, { html: "<script>alert(1)</script><p>Hi</p>" });
  const { ID } = await call(sandbox, "GET", "/api/v1/message/latest");
  const response = await fetch(`${sandbox.url}/view/${ID}.html`);
  expect(response.headers.get("content-security-policy")).toMatch(/default-src 'none'.*sandbox allow-popups/);
  expect(await response.text()).toContain("<p>Hi</p>");
});
