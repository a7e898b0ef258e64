import { randomInt } from "node:crypto";
import { connect } from "node:net";
import { useDatabase } from "@relink/testkit/vitest";
import fc from "fast-check";
import { EncryptJWT, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type BrokenItem, createLinkWorld, type LinkWorld } from "../testing/link-world.ts";

const database = useDatabase();
const TABLES = ["users", "items", "episodes", "emails", "link_sessions", "link_events", "webhook_events"];
const RUNS = Number(process.env["RELINK_FUZZ_RUNS"] ?? 200);
const SEED = Number(process.env["RELINK_FUZZ_SEED"] ?? randomInt(2 ** 31));

let world: LinkWorld;
let clockMovedMs = 0;
let asked = 0;
let created = 0;
beforeAll(async () => {
  world = await createLinkWorld(
    { owner: database.url, link: database.urlFor("relink_link") },
    {
      now: () => new Date(Date.now() + clockMovedMs),
      plaid: (real) => ({
        ...real,
        getItem: (...args) => {
          asked += 1;
          return real.getItem(...args);
        },
        createUpdateLinkToken: (...args) => {
          created += 1;
          return real.createUpdateLinkToken(...args);
        },
      }),
    },
  );
});
afterAll(() => world?.close());
beforeEach(() => {
  clockMovedMs = 0;
  asked = 0;
  created = 0;
});

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  fetch(new URL(path, world.url), { method, headers, redirect: "manual" });
const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(new URL(path, world.url), {
    method: "POST",
    headers: { "content-type": "application/json", origin: world.url, ...headers },
    body,
  });
const dump = async () =>
  Object.fromEntries(await Promise.all(TABLES.map(async (table) => [table, await world.rows(table)])));
const rowsOf = async (table: string, broken: BrokenItem) =>
  (await world.rows(table)).filter((row) => row["item_id"] === broken.itemId);

/** Sends bytes as they are; all that comes back until the other side closes, or says nothing more. */
async function raw(bytes: string): Promise<string> {
  const socket = connect({ port: world.link.ports.public, host: "127.0.0.1" });
  onTestFinished(() => void socket.destroy());
  let received = "";
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1"))).on("error", () => {});
  socket.write(Buffer.from(bytes, "latin1"));
  const end = setTimeout(() => socket.end(), 500);
  await closed;
  clearTimeout(end);
  return received;
}

describe("who opens links before the person does", () => {
  test("D1 scanners, previews and prefetching browsers change no row, make nothing at Plaid, and get no cookie", async () => {
    const broken = await world.breakItem();
    clockMovedMs = 2 * 60_000;
    const before = await dump();
    const visitors: Record<string, string>[] = [
      { purpose: "prefetch" },
      { "sec-purpose": "prefetch;prerender" },
      { "x-moz": "prefetch" },
      { "user-agent": "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; BarracudaLinkProtect)" },
      { "user-agent": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0 SafeLinks" },
      { "user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)" },
      { "user-agent": "" },
      { accept: "application/json" },
      { range: "bytes=0-10" },
      { cookie: `__Host-relink-link=${broken.token}` },
    ];
    for (const headers of visitors) {
      const paths = [
        broken.url,
        `${broken.url}?utm_source=mail&a[__proto__]=1`,
        "/r",
        "/oauth-return?oauth_state_id=",
        "/hosted-return/x",
      ];
      for (const path of paths) {
        for (const method of ["GET", "HEAD"]) {
          const response = await get(path, headers, method);
          expect(response.status).toBe(200);
          expect(response.headers.getSetCookie()).toEqual([]);
        }
      }
    }
    expect(await dump()).toEqual(before);
    expect(created).toBe(0);
    expect(asked).toBe(1);
  });

  test("D1 no other method does anything with a link", async () => {
    const broken = await world.breakItem();
    const before = await dump();
    for (const method of ["OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"]) {
      const response = await get(broken.url, { origin: world.url }, method);
      expect({ method, status: response.status < 500 && response.status !== 403 }).toEqual({ method, status: true });
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
    }
    expect(await dump()).toEqual(before);
  });

  test("D2 D7 a robot that presses a thousand times gets one link token, ten answers a minute, and uses nothing up", async () => {
    const broken = await world.breakItem();
    const logged = world.lines.length;
    const startedAt = performance.now();
    const statuses: number[] = [];
    const retryAfter: number[] = [];
    // As many at a time as there are connections to Postgres for: nobody waits for one, which is given up after two seconds.
    for (let batch = 0; batch < 200; batch += 1) {
      const responses = await Promise.all(Array.from({ length: 5 }, () => post(`/r/${broken.token}/link-token`, "{}")));
      for (const response of responses) {
        statuses.push(response.status);
        if (response.status === 429) retryAfter.push(Number(response.headers.get("retry-after")));
        await response.arrayBuffer();
      }
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(990);
    expect(Math.min(...retryAfter)).toBeGreaterThan(0);
    expect(created).toBe(1);
    expect(asked).toBe(10);
    const lines = world.lines
      .slice(logged)
      .map((line) => JSON.parse(line) as { status: number })
      .filter(({ status }) => status === 429);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(1 + (performance.now() - startedAt) / 1_000);
    expect(await rowsOf("link_sessions", broken)).toHaveLength(1);
    const page = await get(broken.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("Sign in and reconnect");
    // Within the minute that begins with the first press.
  }, 60_000);

  test("D6 D8 whoever a mail was forwarded to can help, and learns no name, address or account", async () => {
    const broken = await world.breakItem();
    const one = (await (await post(`/r/${broken.token}/link-token`, "{}")).json()) as Record<string, string>;
    const other = await (await post(`/r/${broken.token}/link-token`, "{}", { "user-agent": "another" })).json();
    expect(other).toEqual(one);
    const page = await (await get(broken.url)).text();
    expect(page).toContain("First Platypus Bank");
    // What is made by chance may spell anything.
    const told = [broken.token, one["link_token"] ?? "", one["session"] ?? ""].reduce(
      (text, made) => text.replaceAll(made, ""),
      page + JSON.stringify(one),
    );
    expect(told).not.toMatch(/Ada|Lovelace|example\.com|user-|\*{2,}\d|0000/);
  });
});

describe("a token that is not for this page", () => {
  async function tokens(broken: BrokenItem): Promise<[string, string][]> {
    const [[keyId, key] = ["", new Uint8Array(32)]] = world.linkTokenKeys;
    const header = { alg: "dir", enc: "A256GCM", kid: keyId, typ: "relink-link+jwt" };
    const claims = { itm: broken.itemId, epi: broken.episodeId };
    const make = (change: object, more: object = {}, setExpiry = true) => {
      const jwt = new EncryptJWT({ ...claims, ...more }).setProtectedHeader({ ...header, ...change });
      if (!("aud" in more)) jwt.setAudience("sandbox");
      if (setExpiry) jwt.setExpirationTime("1h");
      return jwt.encrypt(key);
    };
    const signing = { alg: "HS256", kid: keyId, typ: "relink-link+jwt" };
    return [
      ["D5 of another purpose", await make({ typ: "relink-connect+jwt" })],
      ["D5 of no purpose", await make({ typ: undefined })],
      [
        "signed by the same key",
        await new SignJWT(claims).setProtectedHeader(signing).setAudience("sandbox").setExpirationTime("1h").sign(key),
      ],
      ["not signed at all", new UnsecuredJWT(claims).setAudience("sandbox").setExpirationTime("1h").encode()],
      ["of an unknown key", await make({ kid: "l9" })],
      ["of no key", await make({ kid: undefined })],
      ["of a key called __proto__", await make({ kid: "__proto__" })],
      ["without an end", await make({}, {}, false)],
      ["of another environment", await make({}, { aud: "production" })],
      ["of no environment", await make({}, { aud: [] })],
      ["of an Item that is none", await make({}, { itm: "1' or '1'='1" })],
      ["of an Item that is another's", await make({}, { itm: (await world.breakItem()).itemId })],
      ["of nothing", await make({}, { itm: undefined, epi: null })],
      ["of 8 kB", broken.token + "A".repeat(8_192)],
      ["with a part too many", `${broken.token}.x`],
      ["with NUL", "%00"],
      ["with a step up", "..%2f..%2fetc%2fpasswd"],
      ["that is no UTF-8", "%ff"],
      ["with a line of its own", "%0d%0aSet-Cookie:%20MARKER=1"],
      ["with colours", "%1b[31mMARKER"],
    ];
  }

  test("D4 D5 is the same 404 for everybody, at every route, and leaves nothing behind", async () => {
    const broken = await world.breakItem();
    const made = await tokens(broken);
    const before = await dump();
    const unknownPath = await (await get("/nowhere")).text();
    const logged = world.lines.length;
    for (const [title, token] of made) {
      const page = await get(`/r/${token}`);
      expect({ title, status: page.status }).toEqual({ title, status: 404 });
      expect(await page.text()).toBe(unknownPath);
      expect(page.headers.getSetCookie()).toEqual([]);
      for (const route of ["link-token", "events", "outcome", "new-mail"]) {
        const response = await post(`/r/${token}/${route}`, "{}");
        expect({ title, route, is4xx: [400, 404].includes(response.status) }).toEqual({ title, route, is4xx: true });
        expect(await response.text()).not.toContain(broken.itemId);
      }
      const again = await get("/r", { cookie: `__Host-relink-link=${token}` });
      expect(again.status).toBe(200);
      expect(await again.text()).not.toContain("Platypus");
    }
    expect(await dump()).toEqual(before);
    expect(created + asked).toBe(0);
    const log = world.lines.slice(logged).join("");
    expect(log).not.toContain("MARKER");
    for (const [, token] of made.filter(([, one]) => one.length > 40)) expect(log).not.toContain(token);
    expect(log).not.toMatch(/"level":"(error|fatal)"/);
    // oxlint-disable-next-line no-control-regex
    expect(log.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe("what is posted", () => {
  test.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>, number[]]>([
    ["8,000 levels deep", `{"resume":${"[".repeat(8_000)}${"]".repeat(8_000)}}`, {}, [400]],
    ["deep without an end", "[".repeat(16_000), {}, [400]],
    ["with __proto__", '{"__proto__":{"resume":true}}', {}, [400]],
    ["with constructor", '{"constructor":{"prototype":{"resume":true}}}', {}, [400]],
    ["with NUL", String.raw`{"resume":"\u0000"}`, {}, [400]],
    ["with a lone surrogate", String.raw`{"\ud800":true}`, {}, [400]],
    ["with a number without end", '{"resume":1e400}', {}, [400]],
    ["that is null", "null", {}, [400]],
    ["that is text", '"x"', {}, [400]],
    ["that is no UTF-8", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), {}, [400]],
    ["with a byte order mark and rubbish", "\uFEFF{x", {}, [400]],
    ["said to be gzip", "{}", { "content-encoding": "gzip" }, [415]],
    ["said to be brotli", "{}", { "content-encoding": "br" }, [415]],
    ["in another encoding", "{}", { "content-type": "application/json; charset=latin1" }, [415]],
    ["of another type", "{}", { "content-type": "application/xml" }, [415]],
    ["of no type", "{}", { "content-type": "" }, [400, 415]],
    ["of 1 MB", " ".repeat(1_000_000), {}, [413]],
  ])("a body %s is refused, makes nothing, and is not repeated in the log", async (_what, body, headers, statuses) => {
    const broken = await world.breakItem();
    const logged = world.lines.length;
    for (const route of ["link-token", "events", "outcome"]) {
      const response = await post(`/r/${broken.token}/${route}`, body, headers);
      expect(statuses).toContain(response.status);
      expect(await response.json()).toMatchObject({ retryable: false, code: expect.stringMatching(/^ERR_/) });
    }
    expect(created).toBe(0);
    expect(await rowsOf("link_sessions", broken)).toEqual([]);
    expect(({} as Record<string, unknown>)["resume"]).toBeUndefined();
    expect(world.lines.slice(logged).join("")).not.toMatch(/"level":"(error|fatal)"|resume/);
  });

  test.each(["\0", "\uD800", "a\r\nb", "\u001B[31m", "\u202E", "x".repeat(129), "", "ä"])(
    "a callback whose texts hold %j is refused and not stored",
    async (text) => {
      const broken = await world.breakItem();
      const pressed = (await (await post(`/r/${broken.token}/link-token`, "{}")).json()) as { session: string };
      for (const field of [
        "event_name",
        "link_session_id",
        "request_id",
        "error_code",
        "institution_id",
        "view_name",
      ]) {
        const event = { session: pressed.session, callback_id: crypto.randomUUID(), callback: "event", [field]: text };
        expect((await post(`/r/${broken.token}/events`, JSON.stringify(event))).status).toBe(400);
      }
      expect(await rowsOf("link_events", broken)).toEqual([]);
    },
  );
});

describe("what is no HTTP", () => {
  test.each<[string, string, number]>([
    ["two lengths", "POST /r/x/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400],
    [
      "a length and chunks",
      "POST /r/x/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
      400,
    ],
    ["a folded header", "GET /r/x HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400],
    ["NUL in a header", "GET /r/x HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400],
    ["headers without end", `GET /r/x HTTP/1.1\r\nHost: a\r\nX: ${"a".repeat(17_000)}\r\n\r\n`, 431],
    ["another expectation", "GET /r/x HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", 417],
    ["a target that is no URL", "GET http://[/ HTTP/1.1\r\nHost: a\r\n\r\n", 404],
    ["a target that is none", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404],
    ["a foreign Host", "GET /r/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 404],
    ["a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 0],
  ])("%s is answered as it deserves", async (_what, bytes, status) => {
    const answer = await raw(bytes);
    expect(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)).toBe(status);
    expect(answer).not.toMatch(/express|evil\.example|at \S+:\d+:\d+/i);
  });
});

test(
  `${RUNS} tokens and bodies bent out of shape (RELINK_FUZZ_SEED=${SEED}) cause no error, and no row but for the one link they are of`,
  {
    timeout: 60_000 + RUNS * 50,
  },
  async () => {
    const [broken, other] = [await world.breakItem(), await world.breakItem()];
    const before = await dump();
    const logged = world.lines.length;
    const character = fc.oneof(
      fc.constantFrom("A", "x", "0", "-", "_", ".", "~", "%", "=", "+"),
      fc.string({ maxLength: 2 }),
    );
    const splice = fc.tuple(fc.nat(), fc.nat({ max: 5 }), character).map(([at, removed, added]) => (text: string) => {
      const start = at % (text.length + 1);
      return text.slice(0, start) + added + text.slice(start + removed);
    });
    // The first two parts are the same in all tokens: with the other three, this would be the other's own link.
    const mixed = fc
      .array(fc.nat({ max: 1 }), { minLength: 5, maxLength: 5 })
      .filter((from) => from.slice(2).includes(0))
      .map((from) => () => {
        const parts = [broken.token.split("."), other.token.split(".")];
        return from.map((which, index) => parts[which]?.[index] ?? "").join(".");
      });
    const bodies = fc.oneof(
      fc.json(),
      fc.string({ unit: "binary" }),
      fc
        .record({ session: fc.string(), callback_id: fc.uuid(), callback: fc.constantFrom("success", "exit", "event") })
        .map((one) => JSON.stringify(one)),
    );
    const token = fc.oneof(splice, mixed).map((edit) => edit(broken.token));
    await fc.assert(
      fc.asyncProperty(token, bodies, fc.constantFrom("link-token", "events", "outcome"), async (bent, body, route) => {
        // As one segment of the path, unless it is meant to be more.
        const path = bent.replaceAll(/[^\w.~%=+-]/g, encodeURIComponent);
        const responses = [await get(`/r/${path}`), await post(`/r/${path}/${route}`, body)];
        for (const { status } of responses) expect([200, 400, 404, 413, 429]).toContain(status);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    const after = await dump();
    // Some bits of the last character mean nothing, so some of the bent tokens are good ones of the same link.
    const ofOthers = (rows: unknown) =>
      (rows as Record<string, unknown>[]).filter((row) => row["item_id"] !== broken.itemId);
    for (const table of ["link_sessions", "link_events", "episodes", "emails"]) {
      expect(ofOthers(after[table])).toEqual(ofOthers(before[table]));
    }
    expect(world.lines.slice(logged).join("")).not.toMatch(/"level":"(error|fatal)"/);
  },
);
