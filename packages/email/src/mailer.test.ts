import { inspect } from "node:util";
import { Secret } from "@relink/service";
import { waitFor } from "@relink/testkit";
import PostalMime from "postal-mime";
import { generate } from "selfsigned";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, expect, test } from "vitest";
import { type Mail, type MailerTimeouts, MailerConfigError, MailServerError, createMailer } from "./mailer.ts";
import { InvalidRecipientError } from "@relink/service/parse-recipient";
import { renderEmail } from "./render-email.tsx";
import { type SmtpScript, startScriptedSmtpServer } from "./scripted-smtp-server.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map(async (close) => close()));
});

const mail: Mail = {
  to: "ada@example.com",
  subject: "Acme: reconnect Crédit Platypus",
  html: "<p>Hello Ada</p>",
  text: "Hello Ada\n",
  messageId: "<eml_01@relink.example>",
};

function mailerFor(url: string, timeouts?: Partial<MailerTimeouts>, ca?: string) {
  const mailer = createMailer(
    { smtpUrl: new Secret(url), from: "Acme <no-reply@acme.example>" },
    { ...(timeouts && { timeouts }), ...(ca !== undefined && { ca }) },
  );
  closing.push(async () => mailer.close());
  return mailer;
}

async function scripted(script: SmtpScript) {
  const server = await startScriptedSmtpServer(script);
  closing.push(server.close);
  return server;
}

/** A proper server that keeps what it is given. */
async function properServer(options: SMTPServerOptions = {}) {
  const received: { raw: string; from: unknown; to: string[]; secure: boolean; user: unknown }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        received.push({
          raw: Buffer.concat(chunks).toString(),
          from: session.envelope.mailFrom,
          to: session.envelope.rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: session.user,
        });
        done(null, "2.0.0 queued as 4Tq7 for <ada@example.com>");
      });
    },
    ...options,
  });
  server.on("error", () => undefined); // connections that the tests break on purpose
  await new Promise<void>((resolve) => server.listen(0, resolve));
  closing.push(async () => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, received };
}

test("a mail arrives as it was written: one sender, one recipient, both parts, its own Message-ID", async () => {
  const { port, received } = await properServer();
  const rendered = await renderEmail({
    template: "login_required",
    language: "en",
    brand: { productName: "Acme" },
    timeZone: "UTC",
    reminder: 0,
    institutionName: "Crédit Platypus",
    link: "https://link.acme.example/r/k1.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ",
    expiresAt: new Date("2026-12-05T14:05:00Z"),
  });

  const result = await mailerFor(`smtp://127.0.0.1:${port}`).send({ ...mail, ...rendered });

  expect(result).toEqual({ kind: "accepted", response: "250 2.0.0 queued as 4Tq7 for <[address]>" });
  expect(received).toMatchObject([{ from: { address: "no-reply@acme.example" }, to: ["ada@example.com"] }]);
  const parsed = await PostalMime.parse(received[0]!.raw);
  expect(parsed).toMatchObject({
    from: { name: "Acme", address: "no-reply@acme.example" },
    to: [{ name: "", address: "ada@example.com" }],
    subject: "Acme: reconnect Crédit Platypus",
    messageId: "<eml_01@relink.example>",
  });
  expect(parsed.text?.trim()).toBe(rendered.text.trim());
  expect(parsed.html?.trim()).toBe(rendered.html.trim());
  expect(parsed.attachments).toEqual([]);
  const headers = new Map(parsed.headers.map(({ key, value }) => [key, value]));
  expect(headers.get("auto-submitted")).toBe("auto-generated");
  expect([...headers.keys()].toSorted()).toEqual(
    ["auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"].toSorted(),
  );
});

test("a mail of a conversation names the one before it, and how to get no more of them with one press", async () => {
  const { port, received } = await properServer();
  const unsubscribeUrl = `https://link.acme.example/team-mail/${"eyJhbGciOiJkaXIi.".repeat(20)}`;
  await mailerFor(`smtp://127.0.0.1:${port}`).send({ ...mail, inReplyTo: "<ntf_1@relink.example>", unsubscribeUrl });
  const { headers } = await PostalMime.parse(received[0]!.raw);
  expect(Object.fromEntries(headers.map(({ key, value }) => [key, value]))).toMatchObject({
    "in-reply-to": "<ntf_1@relink.example>",
    references: "<ntf_1@relink.example>",
    "list-unsubscribe": `<${unsubscribeUrl}>`,
    "list-unsubscribe-post": "List-Unsubscribe=One-Click",
  });
  // A line that the address is broken over would not be the address.
  expect(received[0]!.raw).toContain(`<${unsubscribeUrl}>`);
});

test("line breaks in what a mail is made of add no header and no recipient", async () => {
  const { port, received } = await properServer();
  const result = await mailerFor(`smtp://127.0.0.1:${port}`).send({
    ...mail,
    subject: "Acme\r\nBcc: evil@example.net\r\n\r\nbody",
    messageId: "<x>\r\nBcc: evil@example.net",
  });
  expect(result.kind).toBe("accepted");
  expect(received[0]!.to).toEqual(["ada@example.com"]);
  expect(received[0]!.raw).not.toMatch(/^bcc:/im);
});

test("an address that is not one mailbox is refused before anything is sent", async () => {
  const { port, seen } = await scripted({});
  await expect(
    mailerFor(`smtp://127.0.0.1:${port}`).send({ ...mail, to: "ada@example.com, evil@example.net" }),
  ).rejects.toThrow(InvalidRecipientError);
  expect(seen.connections).toBe(0);
});

const IMPATIENT = { setupMs: 150, silenceMs: 150 };

test.each<[SmtpScript, object]>([
  [{ connect: "554 5.3.2 go away" }, { stage: "connection", permanent: false, responseCode: 554 }],
  [{ connect: "421 4.3.2 busy" }, { stage: "connection", permanent: false, responseCode: 421 }],
  [{ connect: "drop" }, { stage: "connection", permanent: false }],
  [{ connect: "hang" }, { stage: "connection", permanent: false }],
  [{ EHLO: "421 4.3.2 busy" }, { stage: "hello", permanent: false, responseCode: 421 }],
  [
    { EHLO: "550 no", HELO: "550 no" },
    { stage: "hello", permanent: false, responseCode: 550 },
  ],
  [{ EHLO: "drop" }, { stage: "connection", permanent: false }],
  [{ EHLO: "hang" }, { stage: "connection", permanent: false }],
  [{ MAIL: "451 4.3.0 later" }, { stage: "mail_from", permanent: false, responseCode: 451 }],
  [{ MAIL: "550 5.7.1 no" }, { stage: "mail_from", permanent: true, responseCode: 550 }],
  [{ MAIL: "drop" }, { stage: "connection", permanent: false }],
  [{ RCPT: "450 4.2.1 greylisted" }, { stage: "rcpt_to", permanent: false, responseCode: 450 }],
  [{ RCPT: "550 5.1.1 unknown" }, { stage: "rcpt_to", permanent: true, responseCode: 550 }],
  [{ RCPT: "hang" }, { stage: "connection", permanent: false }],
  [
    { RCPT: "550 5.1.1 unknown", extensions: ["PIPELINING"] },
    { stage: "rcpt_to", permanent: true, responseCode: 550 },
  ],
  [{ DATA: "451 4.3.0 later" }, { stage: "data", permanent: false, responseCode: 451 }],
  [{ DATA: "554 5.7.1 no" }, { stage: "data", permanent: true, responseCode: 554 }],
  [{ DATA: "drop" }, { stage: "connection", permanent: false }],
  [
    { DATA: "drop", extensions: ["PIPELINING"] },
    { stage: "connection", permanent: false },
  ],
  [{ DATA: "hang" }, { stage: "connection", permanent: false }],
])("refused, with certainty, and the message never left: %j", async (script, expected) => {
  const { port, seen } = await scripted(script);
  const isHanging = Object.values(script).includes("hang");
  const result = await mailerFor(`smtp://127.0.0.1:${port}`, isHanging ? IMPATIENT : {}).send(mail);
  expect(result).toMatchObject({ kind: "refused", ...expected });
  // Who has no patience may have gone before the server looks.
  await waitFor(() => seen.connections > 0);
  expect(seen).toMatchObject({ connections: 1, bodies: script.extensions && script.RCPT ? [""] : [] });
});

test.each<[string, boolean]>([
  ["451 4.3.0 later", false],
  ["421 4.3.2 shutting down", false],
  ["554 5.7.1 <ada@example.com> has this as spam: https://example.net/x", true],
])("the answer to the message counts as a refusal: %s", async (body, permanent) => {
  const { port, seen } = await scripted({ body });
  const result = await mailerFor(`smtp://127.0.0.1:${port}`).send(mail);
  expect(result).toMatchObject({ kind: "refused", stage: "body", permanent, responseCode: Number(body.slice(0, 3)) });
  expect(JSON.stringify(result)).not.toMatch(/ada@|https:/);
  expect(seen).toMatchObject({ connections: 1, bodiesBegun: 1 });
});

test.each<[SmtpScript]>([
  [{ body: "drop" }],
  [{ body: "hang" }],
  [{ firstByte: "drop" }],
  [{ firstByte: "hang" }],
  [{ body: "drop", extensions: ["PIPELINING"] }],
])("without an answer to the message the outcome is unknown, and it is on the wire once: %j", async (script) => {
  const { port, seen } = await scripted(script);
  // Long enough for all that comes before the message, also on a machine that halts for a while.
  const mailer = mailerFor(`smtp://127.0.0.1:${port}`, { silenceMs: 4_000 });
  expect(await mailer.send(mail)).toMatchObject({ kind: "unknown", stage: "body" });
  expect(seen).toMatchObject({ connections: 1, bodiesBegun: 1 });
  expect(seen.commands.filter((command) => command === "DATA")).toHaveLength(1);
});

test("mails sent at once do not mix up what became of them, and each is on the wire once", async () => {
  const good = await scripted({});
  const bad = await scripted({ RCPT: "550 5.1.1 unknown" });
  const lost = await scripted({ body: "drop" });
  const mailers = [good, bad, lost].map(({ port }) => mailerFor(`smtp://127.0.0.1:${port}`));
  const results = await Promise.all(
    Array.from({ length: 30 }, async (_, i) => mailers[i % 3]!.send({ ...mail, to: `ada${i}@example.com` })),
  );
  expect(results.map(({ kind }) => kind)).toEqual(
    Array.from({ length: 10 }, () => ["accepted", "refused", "unknown"]).flat(),
  );
  expect([good, bad, lost].map(({ seen }) => [seen.connections, seen.bodies.length])).toEqual([
    [10, 10],
    [10, 0],
    [10, 10],
  ]);
});

test("a server that always has something to say cannot hold a mail longer than its time", async () => {
  const { port } = await scripted({ MAIL: `250-ok\r\n`.repeat(3).trimEnd() });
  const result = await mailerFor(`smtp://127.0.0.1:${port}`, { sendMs: 150 }).send(mail);
  expect(result).toMatchObject({ kind: "refused", permanent: false, stage: "connection", reason: /EABORT/ });
});

test("nobody listens: refused, to be tried again", async () => {
  const { port, close } = await startScriptedSmtpServer();
  await close();
  const result = await mailerFor(`smtp://127.0.0.1:${port}`).send(mail);
  expect(result).toMatchObject({ kind: "refused", stage: "connection", permanent: false, reason: /ECONNREFUSED/ });
});

// 0.0.0.0 reaches this machine and is no loopback address, so it stands for any relay out there.
test.each<[string, SmtpScript]>([
  ["no offer", { extensions: ["AUTH PLAIN LOGIN"] }],
  ["an offer that is refused", { extensions: ["STARTTLS", "AUTH PLAIN"], STARTTLS: "454 4.7.0 not now" }],
  ["an offer that comes to nothing", { extensions: ["STARTTLS", "AUTH PLAIN"], STARTTLS: "220 go ahead" }],
  ["no EHLO at all", { EHLO: "502 5.5.1 what" }],
])("with STARTTLS stripped there is no login and no mail in clear text: %s", async (_case, script) => {
  const { port, seen } = await scripted(script);
  const mailer = mailerFor(`smtp://relay:hunter2@0.0.0.0:${port}`, IMPATIENT);
  const result = await mailer.send(mail);
  expect(result).toMatchObject({ kind: "refused", permanent: false });
  await expect(mailer.verify()).rejects.toThrow(MailServerError);
  expect(seen.commands.filter((command) => /^(?:AUTH|MAIL|DATA)/.test(command))).toEqual([]);
  expect(inspect(result)).not.toContain("hunter2");
});

const certificate = await generate([{ name: "commonName", value: "relay" }], {
  extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "0.0.0.0" }] }],
});

test.each<["smtp" | "smtps"]>([["smtp"], ["smtps"]])(
  "%s: encrypted first, then logged in, then sent",
  async (scheme) => {
    const { port, received } = await properServer({
      secure: scheme === "smtps",
      key: certificate.private,
      cert: certificate.cert,
      disabledCommands: [],
      authOptional: false,
      onAuth({ username, password }, session, done) {
        const right = session.secure && username === "relay@acme" && password === "p%/ss";
        done(right ? null : new Error("wrong"), { user: username });
      },
    });
    const mailer = mailerFor(`${scheme}://relay%40acme:p%25%2Fss@0.0.0.0:${port}`, {}, certificate.cert);
    await mailer.verify();
    expect(await mailer.send(mail)).toMatchObject({ kind: "accepted" });
    expect(received).toMatchObject([{ secure: true, user: "relay@acme" }]);
  },
);

test.each<["smtp" | "smtps"]>([["smtp"], ["smtps"]])(
  "%s: a certificate that nobody vouches for is not accepted",
  async (scheme) => {
    const { port, received } = await properServer({
      secure: scheme === "smtps",
      key: certificate.private,
      cert: certificate.cert,
      disabledCommands: [],
    });
    const result = await mailerFor(`${scheme}://0.0.0.0:${port}`).send(mail);
    expect(result).toMatchObject({ kind: "refused", permanent: false, reason: /self-signed/ });
    expect(received).toEqual([]);
  },
);

test("a wrong password is refused, to be tried again, and is in no answer and no error", async () => {
  const { port } = await scripted({ extensions: ["AUTH PLAIN"], AUTH: "535 5.7.8 hunter2 is wrong for relay" });
  const mailer = mailerFor(`smtp://relay:hunter2@127.0.0.1:${port}`);
  const result = await mailer.send(mail);
  expect(result).toMatchObject({ kind: "refused", permanent: false, stage: "auth", responseCode: 535 });
  const error: unknown = await mailer.verify().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MailServerError);
  expect(inspect([result, error], { depth: 9, showHidden: true })).not.toContain("hunter2");
});

test("verify succeeds where a mail could be sent, and sends none", async () => {
  const { port, seen } = await scripted({});
  await mailerFor(`smtp://127.0.0.1:${port}`).verify();
  expect(seen.commands.some((command) => command.startsWith("MAIL"))).toBe(false);
});

test("close waits for the mail that is being sent", async () => {
  const { port } = await scripted({ body: "hang" });
  const mailer = mailerFor(`smtp://127.0.0.1:${port}`, IMPATIENT);
  const settled: string[] = [];
  const sending = mailer.send(mail).then(() => settled.push("sent"));
  await mailer.close();
  await new Promise(setImmediate); // what waits for the mail itself has its turn
  settled.push("closed");
  await sending;
  expect(settled).toEqual(["sent", "closed"]);
});

test.each([
  ["smtp://relay:hunter2@mail.example:587?requireTLS=false", "a@acme.example"],
  ["smtp://relay:hunter2@mail.example:587?tls.rejectUnauthorized=false", "a@acme.example"],
  ["smtp://relay:hunter2@mail.example/path", "a@acme.example"],
  ["smtp://relay:hunter2@mail.example#x", "a@acme.example"],
  ["smtp://relay:hunter2%@mail.example", "a@acme.example"],
  ["http://relay:hunter2@mail.example", "a@acme.example"],
  ["smtp:///hunter2", "a@acme.example"],
  ["mail.example:hunter2", "a@acme.example"],
  ["smtp://mail.example", "hunter2"],
  ["smtp://mail.example", "hunter2 <a@acme.example"],
  ["smtp://mail.example", "hunter2 <a@acme.example>, b@acme.example"],
  ["smtp://mail.example", "a@acme.example\r\nBcc: hunter2@acme.example"],
  ["smtp://mail.example", "hunter2\u0000 <a@acme.example>"],
  ["smtp://mail.example", ""],
])("settings that cannot work are refused at once, and not repeated: %s, %j", (url, from) => {
  const create = () => createMailer({ smtpUrl: new Secret(url), from });
  expect(create).toThrow(MailerConfigError);
  expect(create).not.toThrow(/hunter2/);
});

test("an IPv6 loopback address needs no encryption", async () => {
  const { port } = await properServer();
  expect(await mailerFor(`smtp://[::1]:${port}`).send(mail)).toMatchObject({ kind: "accepted" });
});
