import { Secret } from "@relink/service";
import { freePort } from "@relink/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { meaningOf, PROBLEM_KINDS, problemType } from "../problem.ts";
import { type ApiForTest, startApi } from "../testing/api-for-test.ts";
import { html } from "./html.ts";

let api: ApiForTest;
beforeAll(async () => {
  api = await startApi({ databaseUrl: new Secret(`postgres://nobody@127.0.0.1:${await freePort()}/none`) });
});
afterAll(() => api.close());

const BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const get = (path: string, accept = "*/*") => fetch(`${api.url}${path}`, { headers: { accept } });

test.each(PROBLEM_KINDS)("%s is explained to programs and to people, without a key", async (kind) => {
  const told = await get(problemType(kind));
  const { status, title, meaning } = meaningOf(kind);
  expect([told.status, await told.json()]).toEqual([
    200,
    { type: `/v1/problems/${kind}`, code: kind, status, title, meaning, retryable: expect.any(Boolean) },
  ]);
  const shown = await get(problemType(kind), BROWSER);
  expect(shown.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(shown.headers.get("vary")).toBe("accept");
  expect(await shown.text()).toContain(`Status ${status}`);
});

test("all problems are listed", async () => {
  const { data } = (await (await get("/v1/problems")).json()) as { data: { code: string }[] };
  expect(data.map(({ code }) => code)).toEqual(PROBLEM_KINDS);
  expect(await (await get("/v1/problems", BROWSER)).text()).toContain("Problems</h1>");
});

test("the bare address leads to the API's description for people", async () => {
  const answer = await fetch(api.url, { redirect: "manual" });
  expect([answer.status, answer.headers.get("location")]).toEqual([302, "/v1/docs"]);
  expect((await get("/")).url).toBe(`${api.url}/v1/docs`);
});

test("there is no page of a problem that is none", async () => {
  const answer = await get("/v1/problems/toString");
  expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ code: "not-found" })]);
});

test.each(["/v1/docs", "/v1/problems", "/v1/problems/not-found", "/v1/docs/style.css"])(
  "%s runs nothing and loads nothing from elsewhere",
  async (path) => {
    const answer = await get(path, BROWSER);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-security-policy")).toBe(
      "default-src 'none'; style-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    expect(await answer.text()).not.toMatch(/<script|<iframe|style="|src=|@import|url\(/);
  },
);

test("text stays text, and lists are joined", () => {
  const name = `<b onclick="x">'&`;
  const { text } = html`<p title="${name}">${[html`<i>${name}</i>`, 1, "<"]}</p>`;
  const escaped = "&lt;b onclick=&quot;x&quot;&gt;&#39;&amp;";
  expect(text).toBe(`<p title="${escaped}"><i>${escaped}</i>1&lt;</p>`);
});
