import express, { type Request, type Router } from "express";
import type { Email } from "postal-mime";
import { z } from "zod";
import { answerError, refuseOtherSites } from "../control/answer-errors.ts";
import { type Mail, type Mails, SEARCH_FIELDS, type SearchTerm } from "../store/mails.ts";
import { addresses, parseMail, textOf } from "./read-mail.ts";

const page = z.object({
  limit: z.coerce.number().int().min(0).max(10_000).default(50),
  start: z.coerce.number().int().min(0).default(0),
});

/**
 * The part of Mailpit's API that tests use, in its shapes, so that what reads the one reads the other.
 *
 * @see https://mailpit.axllent.org/docs/api-v1/ (checked 2026-11-21)
 */
export function createInboxRoutes(mails: Mails): Router {
  const router = express.Router();
  router.use("/api/v1", refuseOtherSites);

  function listView(found: Mail[], matching: number, start: number) {
    const { total, unread } = mails.counts();
    return {
      total,
      unread,
      count: found.length,
      messages_count: matching,
      start,
      tags: [],
      messages: found.map(summaryView),
    };
  }

  router.get("/api/v1/messages", (request, response) => {
    const { limit, start } = page.parse(request.query);
    response.json(listView(mails.list(limit, start), mails.counts().total, start));
  });

  router.get("/api/v1/search", (request, response) => {
    const { limit, start, query } = page.extend({ query: z.string().default("") }).parse(request.query);
    const { mails: found, total } = mails.search(searchTerms(query), limit, start);
    response.json(listView(found, total, start));
  });

  router.delete("/api/v1/messages", express.json(), (request, response) => {
    const { IDs = [] } = z.object({ IDs: z.array(z.string()).optional() }).parse(request.body ?? {});
    mails.remove(IDs);
    response.type("text/plain").send("ok");
  });

  const load = async (request: Request): Promise<{ mail: Mail; raw: Uint8Array; parsed: Email } | undefined> => {
    const mail = mails.find(String(request.params["id"]));
    const raw = mail && mails.raw(mail.id);
    return mail && raw && { mail, raw, parsed: await parseMail(raw) };
  };

  router.get("/api/v1/message/:id", async (request, response) => {
    const found = await load(request);
    if (found === undefined) {
      response.status(404).json({ Error: "message not found" });
      return;
    }
    mails.markRead(found.mail.id);
    response.json(messageView(found.mail, found.parsed));
  });

  router.get("/api/v1/message/:id/headers", async (request, response) => {
    const found = await load(request);
    if (found === undefined) {
      response.status(404).json({ Error: "message not found" });
      return;
    }
    const headers: Record<string, string[]> = {};
    for (const { originalKey, value } of found.parsed.headers) (headers[originalKey] ??= []).push(value);
    response.json(headers);
  });

  router.get("/api/v1/message/:id/raw", async (request, response) => {
    const found = await load(request);
    if (found === undefined) response.status(404).json({ Error: "message not found" });
    else response.type("text/plain").send(Buffer.from(found.raw));
  });

  // The mail as its reader sees it. It comes from somebody else, so it may show itself and open links, and nothing more.
  router.get("/view/:id.html", async (request, response) => {
    const found = await load(request);
    response.set("content-security-policy", MAIL_POLICY);
    if (found?.parsed.html === undefined) response.status(404).type("text/plain").send("this mail has no HTML");
    else response.type("text/html").send(`<base target="_blank" rel="noopener">${found.parsed.html}`);
  });

  router.use("/api/v1", answerError);
  return router;
}

const MAIL_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "img-src data:",
  "frame-ancestors 'self'",
  "sandbox allow-popups allow-popups-to-escape-sandbox",
].join("; ");

function summaryView(mail: Mail) {
  return {
    ID: mail.id,
    ...mail.summary,
    Read: mail.isRead,
    Created: new Date(mail.createdAt).toISOString(),
    Username: "",
    Tags: [],
    Size: mail.size,
  };
}

function messageView(mail: Mail, parsed: Email) {
  const { Attachments: _count, Snippet: _snippet, ...summary } = mail.summary;
  const attachments = parsed.attachments.map((attachment, index) => ({
    PartID: String(index + 2),
    FileName: attachment.filename ?? "",
    ContentType: attachment.mimeType,
    ContentID: (attachment.contentId ?? "").replaceAll(/^<|>$/g, ""),
    Size: sizeOf(attachment.content),
    inline: attachment.disposition === "inline",
  }));
  const view = (inline: boolean) =>
    attachments.filter((a) => a.inline === inline).map(({ inline: _inline, ...rest }) => rest);
  return {
    ID: mail.id,
    ...summary,
    ReturnPath: addresses(parsed.sender === undefined ? [] : [parsed.sender])[0]?.Address ?? summary.From.Address,
    ListUnsubscribe: {
      Header: headerOf(parsed, "list-unsubscribe"),
      Links: [],
      Errors: "",
      HeaderPost: headerOf(parsed, "list-unsubscribe-post"),
    },
    Date: new Date(parsed.date ?? mail.createdAt).toISOString(),
    Tags: [],
    Username: "",
    Text: textOf(parsed),
    HTML: parsed.html ?? "",
    Size: mail.size,
    Inline: view(true),
    Attachments: view(false),
  };
}

function headerOf(mail: Email, key: string): string {
  return mail.headers.find((header) => header.key === key)?.value ?? "";
}

function sizeOf(content: ArrayBuffer | Uint8Array | string): number {
  return typeof content === "string" ? Buffer.byteLength(content) : content.byteLength;
}

/** `to:a@example.com "two words" word` gives three terms; all of them must be in the mail. */
function searchTerms(query: string): SearchTerm[] {
  const found = query.toLowerCase().matchAll(/(?:([a-z-]+):)?(?:"([^"]*)"|(\S+))/g);
  return [...found].map(([whole, name, quoted, bare]) => {
    const field = SEARCH_FIELDS.find((candidate) => candidate === name);
    return name !== undefined && field === undefined
      ? { field: undefined, text: whole }
      : { field, text: quoted ?? bare ?? "" };
  });
}
