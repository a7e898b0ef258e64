import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { closeServer, listen } from "@relink/service";
import { launchChromium } from "@relink/testkit";
import { createTransport } from "nodemailer";
import { CountryCode, type PlaidApi, Products } from "plaid";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Sandbox } from "./sandbox.ts";
import { call, createItem, createUpdateToken, plaidClient, startSandbox } from "./testing/sandbox-for-test.ts";

type Browser = Awaited<ReturnType<typeof launchChromium>>;
type Page = Awaited<ReturnType<Browser["newPage"]>>;

let browser: Browser;

beforeAll(async () => {
  execFileSync(process.execPath, ["build.mjs"], { cwd: join(import.meta.dirname, "..") });
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** An application that embeds Link, as strict as it can be: no inline script, no style, nothing from elsewhere. */
async function startApplication(sandbox: Sandbox) {
  const script = `${sandbox.url}/link/v2/stable/link-initialize.js`;
  const policy = `default-src 'none'; script-src 'self' ${script}; frame-src ${sandbox.url}; connect-src ${sandbox.url}`;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    if (path === "/app.js") {
      response.setHeader("content-type", "text/javascript").end(APPLICATION);
      return;
    }
    response.setHeader("content-type", "text/html").setHeader("content-security-policy", policy);
    response.end(`<!doctype html><title>An application</title><button id="connect">Connect</button>
      <script src="${script}"></script><script src="/app.js"></script>`);
  });
  const port = await listen(server, 0, "127.0.0.1");
  onTestFinished(() => closeServer(server));
  return `http://127.0.0.1:${port}`;
}

/** Keeps every callback in order. The Link token stays in the tab, as the return from a bank needs it again. */
const APPLICATION = `
  const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? sessionStorage.getItem("token");
  sessionStorage.setItem("token", token);
  window.calls = [];
  const keep = (name) => (...args) => window.calls.push([name, ...args]);
  const returned = location.search.includes("oauth_state_id");
  const link = window.Plaid.create({
    token,
    onSuccess: keep("onSuccess"),
    onExit: keep("onExit"),
    onEvent: keep("onEvent"),
    onLoad: keep("onLoad"),
    ...(returned && { receivedRedirectUri: location.href }),
  });
  document.querySelector("#connect").addEventListener("click", () => link.open());
  if (returned) link.open();
`;

type Call = [name: string, first: unknown, second: Record<string, unknown>];

async function calls(page: Page): Promise<Call[]> {
  return page.evaluate("window.calls");
}

async function callOf(page: Page, name: string): Promise<Call> {
  return vi.waitFor(
    async () => {
      const found = (await calls(page)).find(([called]) => called === name);
      if (found === undefined) throw new Error(`${name} was not called`);
      return found;
    },
    { timeout: 20_000 },
  );
}

const eventsOf = async (page: Page) =>
  (await calls(page)).filter(([name]) => name === "onEvent").map(([, event]) => event);

async function openLink(sandbox: Sandbox, token: string, size = { width: 1000, height: 800 }) {
  const page = await browser.newPage({ viewport: size });
  onTestFinished(() => page.close());
  const problems: string[] = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  const application = await startApplication(sandbox);
  await page.goto(`${application}/#token=${token}`);
  await page.click("#connect");
  return { page, application, problems, frame: page.frameLocator("iframe") };
}

async function startBroken(institutionId = "ins_109508", redirectUri?: string) {
  const sandbox = await startSandbox();
  const plaid = plaidClient(sandbox);
  const item = await createItem(plaid, { institutionId });
  await call(sandbox, "POST", `/control/items/${item.itemId}/error`, {});
  const token = await createUpdateToken(plaid, item.accessToken, redirectUri);
  const isRepaired = async () => (await plaid.itemGet({ access_token: item.accessToken })).data.item.error === null;
  return { sandbox, plaid, ...item, token, isRepaired };
}

async function createFirstToken(plaid: PlaidApi, redirectUri?: string): Promise<string> {
  const { data } = await plaid.linkTokenCreate({
    client_name: "A test",
    language: "en",
    country_codes: [CountryCode.Us],
    user: { client_user_id: "user-1" },
    products: [Products.Auth],
    ...(redirectUri !== undefined && { redirect_uri: redirectUri }),
  });
  return data.link_token;
}

describe("update mode", () => {
  test("a wrong password, then the right one: the Item works, and the callbacks are Plaid's", async () => {
    const { sandbox, plaid, token, isRepaired } = await startBroken();
    const { page, frame, problems } = await openLink(sandbox, token);
    await frame.getByLabel("Username").fill("user_good");
    await frame.getByLabel("Password").fill("wrong");
    await frame.getByRole("button", { name: "Submit" }).click();
    await frame.getByRole("alert").waitFor();
    expect(await isRepaired()).toBe(false);
    await frame.getByRole("button", { name: "Try again" }).click();
    await frame.getByLabel("Username").fill("user_good");
    await frame.getByLabel("Password").fill("pass_good");
    await page.keyboard.press("Enter");
    await frame.getByRole("button", { name: "Continue" }).click();

    const [, publicToken, metadata] = await callOf(page, "onSuccess");
    expect(publicToken).toMatch(/^public-sandbox-/);
    expect(metadata).toMatchObject({
      institution: { name: "First Platypus Bank", institution_id: "ins_109508" },
      accounts: expect.arrayContaining([expect.objectContaining({ mask: "0000", subtype: "checking" })]),
      transfer_status: null,
    });
    expect(await isRepaired()).toBe(true);
    expect(await page.locator("iframe").count()).toBe(0);

    const events = await eventsOf(page);
    expect(events[0]).toBe("OPEN");
    expect(events.filter((event) => event === "SUBMIT_CREDENTIALS")).toHaveLength(2);
    expect(events).toContain("ERROR");
    expect(events.at(-1)).toBe("HANDOFF");
    const [, , failed] = (await calls(page)).find(([, event]) => event === "ERROR")!;
    expect(failed).toMatchObject({
      error_code: "INVALID_CREDENTIALS",
      is_update_mode: true,
      link_session_id: metadata["link_session_id"],
      request_id: expect.stringMatching(/^[A-Za-z0-9]{15}$/),
      timestamp: expect.stringMatching(/Z$/),
    });
    expect(problems.filter((problem) => !problem.includes("400"))).toEqual([]); // the failed login itself is logged

    const { data } = await plaid.linkTokenGet({ link_token: token });
    const [session] = data.link_sessions!;
    expect(session!.link_session_id).toBe(metadata["link_session_id"]);
    expect(session!.results?.item_add_results[0]?.public_token).toBe(publicToken);
    expect(session!.events?.map((event) => event.event_name)).toContain("SUBMIT_CREDENTIALS");
  });

  test("closing without trying: no error, no request_id, and the Item stays broken", async () => {
    const { sandbox, token, isRepaired } = await startBroken();
    const { page, frame } = await openLink(sandbox, token);
    await frame.getByLabel("Username").waitFor(); // before its session has begun, Link closes without a question
    await frame.getByRole("button", { name: "Close" }).click();
    await frame.getByRole("button", { name: "No, go back" }).click();
    await frame.getByLabel("Username").waitFor();
    await page.keyboard.press("Escape");
    await frame.getByRole("button", { name: "Yes, exit" }).click();
    const [, error, metadata] = await callOf(page, "onExit");
    expect(error).toBeNull();
    expect(metadata).toMatchObject({ status: "requires_credentials", request_id: null });
    expect((await eventsOf(page)).at(-1)).toBe("EXIT");
    expect(await isRepaired()).toBe(false);
  });

  test("closing after a failed try: its error, and the request_id of the call that failed", async () => {
    const { sandbox, token } = await startBroken();
    const { page, frame } = await openLink(sandbox, token);
    await frame.getByLabel("Username").fill("user_good");
    await frame.getByLabel("Password").fill("error_ITEM_LOCKED");
    await frame.getByRole("button", { name: "Submit" }).click();
    await frame.getByRole("button", { name: "Exit" }).click();
    const [, error, metadata] = await callOf(page, "onExit");
    expect(error).toMatchObject({ error_type: "ITEM_ERROR", error_code: "ITEM_LOCKED" });
    expect(Object.keys(error as object).toSorted()).toEqual([
      "display_message",
      "error_code",
      "error_message",
      "error_type",
    ]);
    const [, , failed] = (await calls(page)).find(([, event]) => event === "ERROR")!;
    expect(metadata).toMatchObject({ status: "requires_credentials", request_id: failed["request_id"] });
  });

  test("an expired token ends in INVALID_LINK_TOKEN", async () => {
    const sandbox = await startSandbox();
    const { page, frame } = await openLink(sandbox, "link-sandbox-00000000-0000-4000-8000-000000000000");
    await frame.getByRole("button", { name: "Exit" }).click();
    const [, error] = await callOf(page, "onExit");
    expect(error).toMatchObject({ error_type: "INVALID_INPUT", error_code: "INVALID_LINK_TOKEN" });
  });
});

describe("account selection", () => {
  async function openSelection() {
    const { sandbox, plaid, accessToken, itemId } = await startBroken();
    await call(sandbox, "POST", `/control/items/${itemId}/new-account`, { webhook: false });
    const token = await createUpdateToken(plaid, accessToken, undefined, {
      update: { account_selection_enabled: true },
    });
    const opened = await openLink(sandbox, token, { width: 360, height: 640 });
    const masks = async () =>
      (await plaid.accountsGet({ access_token: accessToken })).data.accounts.map(({ mask }) => mask);
    return { ...opened, masks };
  }

  test("with the keyboard alone: one account less, the new one more", async () => {
    const { page, frame, problems, masks } = await openSelection();
    await frame.getByLabel("Username").waitFor();
    await page.keyboard.type("user_good");
    await page.keyboard.press("Tab");
    await page.keyboard.type("pass_good");
    await page.keyboard.press("Enter");
    await frame.getByRole("heading", { name: "Choose your accounts" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space"); // the first account, no longer
    for (let boxes = 0; boxes < 9; boxes += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Space"); // the new account, from now on
    await page.keyboard.press("Enter");
    await frame.getByRole("heading", { name: "Success" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const [, , metadata] = await callOf(page, "onSuccess");
    expect(await masks()).toEqual(["1111", "2222", "3333", "4444", "5555", "6666", "7777", "8888", "9009"]);
    expect(metadata["accounts"]).toHaveLength(9);
    expect(problems).toEqual([]);
  });

  test("no account at all is not accepted, and leaving there says so", async () => {
    const { page, frame } = await openSelection();
    await frame.getByLabel("Username").fill("user_good");
    await frame.getByLabel("Password").fill("pass_good");
    await page.keyboard.press("Enter");
    await frame.getByRole("heading", { name: "Choose your accounts" }).waitFor();
    for (const box of await frame.getByRole("checkbox").all()) await box.uncheck();
    await frame.getByRole("button", { name: "Continue" }).click();
    await frame.getByText("Choose at least one account.").waitFor();
    const overflow = await page
      .frames()[1]!
      .evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow).toBe(0);
    await page.keyboard.press("Escape");
    await frame.getByRole("button", { name: "Yes, exit" }).click();
    const [, , metadata] = await callOf(page, "onExit");
    expect(metadata).toMatchObject({ status: "requires_account_selection" });
  });

  test("the focus stays in Link: after its last element comes its first", async () => {
    const { page, frame } = await openSelection();
    await frame.getByLabel("Username").waitFor();
    for (let stops = 0; stops < 3; stops += 1) await page.keyboard.press("Tab"); // password, Submit, Close
    await frame.locator("#close:focus").waitFor();
    await page.keyboard.press("Shift+Tab");
    await frame.locator("button[type=submit]:focus").waitFor();
  });
});

describe("Hosted Link", () => {
  /** An Item that is broken, and the page that its user was sent. */
  async function openHosted(institutionId = "ins_109508") {
    const { sandbox, plaid, accessToken, isRepaired } = await startBroken(institutionId);
    const application = await startApplication(sandbox);
    const { data } = await plaid.linkTokenCreate({
      client_name: "A test",
      language: "en",
      country_codes: [CountryCode.Us],
      user: { client_user_id: "user-1" },
      access_token: accessToken,
      hosted_link: { completion_redirect_uri: `${application}/done` },
    });
    const page = await browser.newPage({ viewport: { width: 360, height: 640 } });
    onTestFinished(() => page.close());
    await page.goto(data.hosted_link_url!);
    const outcomeOf = async () => {
      const answer = await plaid.linkTokenGet({ link_token: data.link_token });
      return answer.data.link_sessions![0];
    };
    return { page, isRepaired, outcomeOf, done: `${application}/done` };
  }

  test("a success repairs the Item, and leads to the completion address", async () => {
    const { page, isRepaired, outcomeOf, done } = await openHosted();
    await page.getByLabel("Username").fill("user_good");
    await page.getByLabel("Password").fill("pass_good");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(done);
    expect(await isRepaired()).toBe(true);
    expect((await outcomeOf())?.results?.item_add_results).toHaveLength(1);
  });

  test("an exit leads to the same address, which therefore proves nothing", async () => {
    const { page, isRepaired, outcomeOf, done } = await openHosted();
    await page.getByLabel("Username").waitFor();
    await page.getByRole("button", { name: "Close" }).click();
    await page.getByRole("button", { name: "Yes, exit" }).click();
    await page.waitForURL(done);
    expect(await isRepaired()).toBe(false);
    expect(await outcomeOf()).toMatchObject({ exit: { metadata: { status: "requires_credentials" } } });
  });

  test("a bank with its own login page needs no page of the application", async () => {
    const { page, isRepaired, done } = await openHosted("ins_127287");
    await page.getByRole("button", { name: "Continue to bank" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.waitForURL(done);
    expect(await isRepaired()).toBe(true);
  });

  test("an address that is over says so, and lets the user go", async () => {
    const sandbox = await startSandbox();
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(`${sandbox.url}/hl/nobody-knows-this`);
    await page.getByRole("alert").waitFor();
    await page.getByRole("button", { name: "Exit" }).click();
    await page.getByRole("heading", { name: "You can close this page" }).waitFor();
  });
});

test("first link: a bank is chosen, and the public token is exchanged for a new Item", async () => {
  const sandbox = await startSandbox();
  const plaid = plaidClient(sandbox);
  const { page, frame } = await openLink(sandbox, await createFirstToken(plaid), { width: 360, height: 640 });
  await frame.getByRole("button", { name: "Tartan Bank" }).click();
  await frame.getByLabel("Username").fill("user_good");
  await frame.getByLabel("Password").fill("pass_good");
  await frame.getByRole("button", { name: "Submit" }).click();
  await frame.getByRole("button", { name: "Continue" }).click();
  const [, publicToken] = await callOf(page, "onSuccess");
  const { data } = await plaid.itemPublicTokenExchange({ public_token: String(publicToken) });
  const item = await plaid.itemGet({ access_token: data.access_token });
  expect(item.data.item).toMatchObject({ institution_id: "ins_109511", products: ["auth"] });
  expect(await eventsOf(page)).toContain("SELECT_INSTITUTION");
});

describe("a bank with its own login page", () => {
  /** The redirect_uri is the application's, whose port is known only when it runs. */
  async function openAtBank(decision: "Allow" | "Deny") {
    const sandbox = await startSandbox();
    const plaid = plaidClient(sandbox);
    const { accessToken, itemId } = await createItem(plaid, { institutionId: "ins_127287" });
    await call(sandbox, "POST", `/control/items/${itemId}/error`, {});
    const application = await startApplication(sandbox);
    const token = await createUpdateToken(plaid, accessToken, `${application}/oauth-return`);
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(`${application}/#token=${token}`);
    await page.click("#connect");
    const frame = page.frameLocator("iframe");
    await frame.getByRole("button", { name: "Continue to bank" }).click();
    await page.getByRole("button", { name: decision }).click();
    await page.waitForURL(/\/oauth-return\?oauth_state_id=/);
    return { plaid, sandbox, page, frame, accessToken, application };
  }

  test("Allow: Link goes on after the return, and the Item works", async () => {
    const { plaid, page, frame, accessToken } = await openAtBank("Allow");
    await frame.getByRole("button", { name: "Continue" }).click();
    const [, publicToken] = await callOf(page, "onSuccess");
    expect(publicToken).toMatch(/^public-sandbox-/);
    const { data } = await plaid.itemGet({ access_token: accessToken });
    expect(data.item.error).toBeNull();
    expect(Date.parse(data.item.consent_expiration_time!)).toBeGreaterThan(Date.now() + 300 * 86_400_000);
  });

  test("Deny: an error, requires_oauth, and the Item stays broken", async () => {
    const { plaid, page, frame, accessToken } = await openAtBank("Deny");
    await frame.getByRole("button", { name: "Exit" }).click();
    const [, error, metadata] = await callOf(page, "onExit");
    expect(error).toMatchObject({ error_code: "INSUFFICIENT_CREDENTIALS" });
    expect(metadata).toMatchObject({ status: "requires_oauth" });
    expect((await plaid.itemGet({ access_token: accessToken })).data.item.error).not.toBeNull();
  });

  test("the return with another token, or a second time, is an OAUTH_ERROR", async () => {
    const { plaid, page, frame, accessToken, application } = await openAtBank("Allow");
    await frame.getByRole("button", { name: "Continue" }).click();
    await callOf(page, "onSuccess");
    await page.reload();
    await frame.getByRole("button", { name: "Exit" }).click();
    const [, again] = await callOf(page, "onExit");
    expect(again).toMatchObject({ error_type: "OAUTH_ERROR", error_code: "OAUTH_STATE_ID_ALREADY_PROCESSED" });

    const other = await createUpdateToken(plaid, accessToken, `${application}/oauth-return`);
    await page.goto(`${page.url()}#token=${other}`);
    await page.reload();
    await frame.getByRole("button", { name: "Exit" }).click();
    const [, wrong] = await callOf(page, "onExit");
    expect(wrong).toMatchObject({ error_type: "OAUTH_ERROR", error_code: "INCORRECT_LINK_TOKEN" });
  });
});

test("with link_tokens single_use, a token ends with its first success", async () => {
  const { sandbox, token } = await startBroken();
  const link = (path: string, body: object) => call(sandbox, "POST", `/link/v2/api${path}`, body);
  const succeed = async () => {
    const { link_session_id: id } = await link("/session", { token });
    await link(`/session/${id}/credentials`, { institution_id: "", username: "user_good", password: "pass_good" });
  };
  await succeed();
  await succeed(); // as in Plaid's Sandbox
  await call(sandbox, "PUT", "/control/faults", { link_tokens: "single_use" });
  await expect(succeed()).rejects.toThrow("INVALID_LINK_TOKEN");
});

describe("the inbox page", () => {
  test("shows a new mail by itself, its text, and its HTML in a frame that can do nothing", async () => {
    const sandbox = await startSandbox();
    const page = await browser.newPage({ viewport: { width: 360, height: 700 } });
    onTestFinished(() => page.close());
    await page.goto(sandbox.url);
    await page.getByText("No mail yet").waitFor();
    const transport = createTransport(sandbox.smtpUrl);
    await transport.sendMail({
      from: "relink@example.com",
      to: "ada@example.com",
      subject: "Reconnect your bank",
      text: "The plain words",
      html: "<script>parent.document.title = 'taken'; document.body.append('ran')</script><p>The pretty words</p>",
    });
    transport.close();
    await page.getByRole("button", { name: /Reconnect your bank/ }).click();
    const mail = page.frameLocator("iframe");
    await mail.getByText("The pretty words").waitFor();
    expect(await mail.getByText("ran").count()).toBe(0);
    expect(await page.title()).toBe("Sandbox");
    await page.getByRole("button", { name: "Plain text" }).click();
    await page.locator("pre", { hasText: "The plain words" }).waitFor();
    const overflow = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
    expect(overflow).toBeLessThanOrEqual(0);
  });

  test("breaks and repairs an Item, and shows the webhooks with their attempts", async () => {
    const sandbox = await startSandbox();
    await createItem(plaidClient(sandbox), { webhook: "http://127.0.0.1:1/hook" });
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(`${sandbox.url}/#items`);
    await page.getByRole("button", { name: "Break" }).click();
    await page.getByText("ITEM_ERROR / ITEM_LOGIN_REQUIRED").waitFor();
    await page.getByRole("button", { name: "Repair" }).click();
    await page.getByText("works").waitFor();
    await page.getByRole("link", { name: "Webhooks" }).click();
    await page.getByText("ITEM: LOGIN_REPAIRED").waitFor();
    await page
      .getByText(/ECONNREFUSED|bad port/)
      .first()
      .waitFor();
  });
});
