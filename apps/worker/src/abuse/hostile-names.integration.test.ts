import { waitFor } from "@relink/testkit";
import { useDatabase, useRedis } from "@relink/testkit/vitest";
import PostalMime from "postal-mime";
import { expect, test } from "vitest";
import { createInstallation } from "./installation.ts";

const database = useDatabase();
const redis = useRedis();

/** What no person may be shown, and no header, terminal or page may get. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

const NAMES = [
  ["E1 line ends and headers", "Platypus\r\nBcc: evil@example.net\r\n\r\n<b>Hi</b>"],
  ["E3 markup", `<img src=x onerror=alert(1)></title></style><script>alert(1)</script>" onmouseover="x`],
  ["E3 templates", "{{constructor.constructor('x')()}} ${7*7} <%= 7*7 %>"],
  [
    "E4 instructions and links",
    "Call 1-800-555-0199 or visit https://evil.example/x, evil.example or www.evil.example",
  ],
  ["B14 directions, colours and NUL", "\u202Eknab\u202C\u2066 \u001B[31mPlaty\u0000pus\u0085\u009B2J"],
  ["B4 a lone surrogate", "Platy\uD800pus"],
  ["E3 10 kB", `Platypus ${"x".repeat(10_000)}`],
] as const;

test(
  "whatever an institution is called, it is harmless text in the mail, on the page and in the log",
  { timeout: 60_000 },
  async () => {
    const relink = await createInstallation({ database, redisUrl: `${redis.url}/11` });
    await Promise.all([relink.start("worker"), relink.start("link"), relink.start("ingress")]);
    for (const [index, [, name]] of NAMES.entries()) {
      const item = `item-${index}`;
      await relink.addItem(item, name);
      relink.plaid.setError(item, { type: "ITEM_ERROR", code: "ITEM_LOGIN_REQUIRED", reason: null });
      const body = `{"webhook_type":"ITEM","webhook_code":"ERROR","item_id":"${item}","environment":"sandbox"}`;
      expect(await relink.deliver(body)).toBe(200);
    }
    await waitFor(() => relink.mails.length === NAMES.length, { timeoutMs: 30_000 });

    for (const index of NAMES.keys()) {
      const address = `item-${index}@example.com`;
      const mail = relink.mails.find(({ to }) => to.includes(address));
      if (mail === undefined) throw new TypeError(`no mail to ${address}`);
      expect(mail.to).toEqual([address]);
      expect(mail.raw).not.toMatch(/^(?:bcc|cc):/im);
      const parsed = await PostalMime.parse(mail.raw);
      expect(parsed.to).toEqual([{ name: "", address: address }]);
      expect(parsed.headers.map(({ key }) => key).toSorted()).toEqual(
        ["auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"].toSorted(),
      );
      expect(parsed.subject).toMatch(/^Acme: reconnect [^\n]+$/);
      expect(parsed.subject?.length).toBeLessThan(200);
      expect(`${parsed.subject}${parsed.text}${parsed.html}`.replaceAll("\r\n", "\n")).not.toMatch(CONTROLS);
      expect(parsed.html).not.toMatch(/<(?:img|script)|<[^>]*(?:onerror|onmouseover)/i);
      const link = /http:\/\/localhost:\d+\/r\/[\w.-]+/.exec(parsed.text ?? "")?.[0] ?? "";
      const urls = new Set(`${parsed.text} ${parsed.html}`.match(/https?:\/\/[^\s"<]+|www\.[^\s"<]+/g));
      urls.delete("http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"); // of the document's type
      expect([...urls]).toEqual([link]);

      const response = await fetch(link);
      const page = await response.text();
      expect(response.status).toBe(200);
      expect(page).toContain("Sign in and reconnect");
      expect(page).not.toMatch(CONTROLS);
      expect(page).not.toMatch(/<(?:img|b)[ >]|<[^>]*(?:onerror|onmouseover)=/i);
      expect(page.match(/<script\b/g)).toHaveLength(1);
      expect(page.match(/<a\b/g)).toBeNull();
    }
    expect(relink.ended).toEqual([]);
    // oxlint-disable-next-line no-control-regex
    expect(relink.lines.join("")).not.toMatch(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]|onerror|evil/);
  },
);
