import {
  type ExitMetadata,
  isToFrame,
  type LinkError,
  type LinkInstitution,
  type Metadata,
  type ToPage,
} from "./frame-messages.ts";

type Bank = LinkInstitution & { oauth: boolean };

interface Session {
  link_session_id: string;
  client_name: string;
  is_update_mode: boolean;
  institution: Bank | null;
  institutions: Bank[];
  oauth_state_id: string | null;
  request_id: string;
}

interface HostedSession extends Session {
  completion_redirect_uri: string | null;
}

interface Success {
  public_token: string;
  metadata: Metadata & { institution: LinkInstitution };
  request_id: string;
}

interface AccountChoice {
  account_choice: { id: string; name: string; mask: string; is_shared: boolean }[];
  request_id: string;
}

/** An answer of the sandbox in Plaid's form of an error. */
class CallError extends Error {
  readonly error: LinkError;
  readonly requestId: string;

  constructor(answer: LinkError & { request_id: string }) {
    super(answer.error_code);
    const { error_type, error_code, error_message, display_message, request_id } = answer;
    this.error = { error_type, error_code, error_message, display_message };
    this.requestId = request_id;
  }
}

const pane = byId("pane");

/** The page around the frame: the first one that opens Link. Nobody else is listened to or told anything. */
let page: { window: MessageEventSource; origin: string } | undefined;
/** Hosted Link stands alone, and goes on to this address in the end. */
let hosted: { completionUri: string | null } | undefined;
let session: Session | undefined;
let bank: Bank | undefined;
let lastRequestId: string | null = null;
let lastFailure: { error: LinkError; requestId: string } | undefined;
/** Where the user stands, as `onExit` names it. */
let status: string | null = null;
let finished = false;
let confirming = false;

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new TypeError(`no element ${id}`);
  return element;
}

function tell(message: ToPage): void {
  page?.window.postMessage(message, { targetOrigin: page.origin });
}

function post(path: string, body: object): Promise<Response> {
  return fetch(`/link/v2/api${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function call<Answer>(path: string, body: object): Promise<Answer> {
  const response = await post(path, body);
  const answer = await response.json();
  lastRequestId = answer.request_id;
  if (!response.ok) throw new CallError(answer);
  return answer;
}

function callSession<Answer>(path: string, body: object): Promise<Answer> {
  return call(`/session/${session?.link_session_id}${path}`, body);
}

/** Tells the page of an event, and writes it down for `/link/token/get`. */
async function emit(name: string, extra: Metadata = {}): Promise<void> {
  const metadata = {
    error_type: null,
    error_code: null,
    error_message: null,
    exit_status: null,
    institution_id: bank?.institution_id ?? null,
    institution_name: bank?.name ?? null,
    institution_search_query: null,
    is_update_mode: session?.is_update_mode ?? null,
    match_reason: null,
    mfa_type: null,
    view_name: null,
    selection: null,
    timestamp: new Date().toISOString(),
    link_session_id: session?.link_session_id ?? null,
    request_id: lastRequestId,
    ...extra,
  };
  tell({ kind: "relink-link:event", name, metadata });
  if (session === undefined) return;
  await post(`/session/${session.link_session_id}/events`, { event_name: name, metadata }).catch(() => undefined);
}

type Content = Node | string;

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: Content[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function button(text: string, className: string, onClick: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", className }, text);
  made.addEventListener("click", onClick);
  return made;
}

/** Shows a pane and moves the focus to its first text field, else to its title, so that it is read aloud. */
function show(view: string, title: string, ...content: Content[]): void {
  const heading = element("h1", { id: "title", tabIndex: -1 }, title);
  pane.replaceChildren(heading, ...content);
  (pane.querySelector<HTMLElement>("input:not([type=checkbox])") ?? heading).focus();
  void emit("TRANSITION_VIEW", { view_name: view });
}

function showInstitutions(): void {
  status = null;
  const entries = (session?.institutions ?? []).map((entry) =>
    element(
      "li",
      {},
      button(entry.name, "", () => {
        bank = entry;
        void emit("SELECT_INSTITUTION");
        showLogin();
      }),
    ),
  );
  show("SELECT_INSTITUTION", "Choose your bank", element("ul", {}, ...entries));
}

function showLogin(): void {
  if (bank?.oauth === true) showOauth();
  else showCredentials();
}

function input(name: string, type: string, autocomplete: AutoFill): HTMLInputElement {
  return element("input", { name, type, required: true, autocomplete, autocapitalize: "off", spellcheck: false });
}

function showCredentials(problem?: string): void {
  status = "requires_credentials";
  const username = input("username", "text", "username");
  const password = input("password", "password", "current-password");
  const form = element(
    "form",
    {},
    element("label", {}, "Username", username),
    element("label", {}, "Password", password),
    element("button", { type: "submit", className: "primary" }, "Submit"),
    element("p", { className: "soft" }, "Sandbox: user_good with pass_good works; any other password does not."),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit(username.value, password.value);
  });
  show(
    "CREDENTIAL",
    `Log in to ${bank?.name}`,
    ...(problem === undefined ? [] : [element("p", { className: "error", role: "alert" }, problem)]),
    form,
  );
}

async function submit(username: string, password: string): Promise<void> {
  await emit("SUBMIT_CREDENTIALS");
  show("LOADING", "Connecting …", element("p", { className: "soft" }, "This takes a moment."));
  try {
    const body = { institution_id: bank?.institution_id ?? "", username, password };
    showAfterLogin(await callSession<Success | AccountChoice>("/credentials", body));
  } catch (error) {
    showFailure(error, showCredentials);
  }
}

function showOauth(): void {
  status = "requires_oauth";
  show(
    "OAUTH",
    `Log in at ${bank?.name}`,
    element("p", {}, "You will continue on your bank's own page, and come back here."),
    element(
      "div",
      { className: "actions" },
      button("Continue to bank", "primary", () => void openBank()),
    ),
  );
}

async function openBank(): Promise<void> {
  try {
    const body = { institution_id: bank?.institution_id ?? "" };
    const { login_path: path } = await callSession<{ login_path: string }>("/oauth", body);
    await emit("OPEN_OAUTH");
    if (hosted === undefined) tell({ kind: "relink-link:navigate", path });
    else location.assign(path);
  } catch (error) {
    showFailure(error, showOauth);
  }
}

async function finishOauth(oauthStateId: string): Promise<void> {
  status = "requires_oauth";
  show("LOADING", "Connecting …", element("p", { className: "soft" }, "This takes a moment."));
  try {
    showAfterLogin(await callSession<Success | AccountChoice>("/oauth/finish", { oauth_state_id: oauthStateId }));
  } catch (error) {
    if (error instanceof CallError && error.error.error_code === "INSUFFICIENT_CREDENTIALS") void emit("FAIL_OAUTH");
    showFailure(error, showOauth);
  }
}

function showAfterLogin(answer: Success | AccountChoice): void {
  if ("account_choice" in answer) showAccounts(answer.account_choice);
  else showSuccess(answer);
}

function showAccounts(choice: AccountChoice["account_choice"]): void {
  status = "requires_account_selection";
  const boxes = choice.map((account) => ({
    account,
    box: element("input", { type: "checkbox", name: "account", value: account.id, checked: account.is_shared }),
  }));
  const problem = element("p", { className: "error", role: "alert" });
  const form = element(
    "form",
    {},
    element(
      "fieldset",
      {},
      element("legend", { className: "soft" }, `${session?.client_name} will see what you choose, and nothing else.`),
      ...boxes.map(({ account, box }) =>
        element(
          "label",
          { className: "account" },
          box,
          element("span", {}, account.name, element("span", { className: "soft" }, ` ending in ${account.mask}`)),
        ),
      ),
    ),
    problem,
    element("button", { type: "submit", className: "primary" }, "Continue"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = boxes.filter(({ box }) => box.checked).map(({ account }) => account.id);
    if (chosen.length === 0) problem.textContent = "Choose at least one account.";
    else void submitAccounts(chosen);
  });
  show("SELECT_ACCOUNT", "Choose your accounts", form);
}

async function submitAccounts(accountIds: string[]): Promise<void> {
  show("LOADING", "Connecting …", element("p", { className: "soft" }, "This takes a moment."));
  try {
    showSuccess(await callSession<Success>("/accounts", { account_ids: accountIds }));
  } catch (error) {
    showFailure(error, showLogin);
  }
}

function showFailure(error: unknown, tryAgain?: () => void): void {
  if (!(error instanceof CallError)) throw error;
  lastFailure = error;
  const { error_type, error_code, error_message } = error.error;
  void emit("ERROR", { error_type, error_code, error_message });
  show(
    "ERROR",
    error_code === "INVALID_CREDENTIALS" ? "That did not match" : "Something went wrong",
    element("p", { className: "error", role: "alert" }, error.error.display_message ?? error.error.error_message),
    element("p", { className: "soft" }, `${error_type} / ${error_code}`),
    element(
      "div",
      { className: "actions" },
      ...(tryAgain === undefined ? [] : [button("Try again", "primary", tryAgain)]),
      button("Exit", "secondary", () => void exit()),
    ),
  );
}

function showSuccess(success: Success): void {
  finished = true;
  const end = async () => {
    await emit("HANDOFF");
    if (hosted !== undefined) leave();
    tell({ kind: "relink-link:success", publicToken: success.public_token, metadata: success.metadata });
  };
  show(
    "CONNECTED",
    "Success",
    element("p", {}, `${success.metadata.institution.name} is connected to ${session?.client_name}.`),
    element(
      "div",
      { className: "actions" },
      button("Continue", "primary", () => void end()),
    ),
  );
  byId("close").onclick = () => void end();
}

/** Asks before it closes, as Link does; from there back to where the user was. */
function confirmExit(): void {
  if (finished || confirming) return;
  if (session === undefined) {
    void exit();
    return;
  }
  confirming = true;
  const before = [...pane.childNodes];
  show(
    "EXIT",
    "Are you sure you want to exit?",
    element("p", {}, "Your account is not connected yet."),
    element(
      "div",
      { className: "actions" },
      button("Yes, exit", "primary", () => void exit()),
      button("No, go back", "secondary", () => {
        confirming = false;
        pane.replaceChildren(...before);
        pane.querySelector<HTMLElement>("input, h1")?.focus();
      }),
    ),
  );
}

async function exit(): Promise<void> {
  if (finished) return;
  finished = true;
  const metadata: ExitMetadata = {
    institution: bank === undefined ? null : { name: bank.name, institution_id: bank.institution_id },
    status,
    link_session_id: session?.link_session_id ?? null,
    request_id: lastFailure?.requestId ?? null,
  };
  const error = lastFailure?.error ?? null;
  await emit("EXIT", {
    exit_status: status,
    error_type: error?.error_type ?? null,
    error_code: error?.error_code ?? null,
    error_message: error?.error_message ?? null,
  });
  if (session !== undefined) await callSession("/exit", { error, metadata }).catch(() => undefined);
  if (hosted !== undefined) leave();
  tell({ kind: "relink-link:exited", error, metadata });
}

/** The end of Hosted Link, after a success as after an exit. */
function leave(): void {
  byId("close").hidden = true;
  if (typeof hosted?.completionUri === "string") location.assign(hosted.completionUri);
  else show("CLOSED", "You can close this page", element("p", {}, "There is nothing more to do here."));
}

async function open(begin: () => Promise<Session>): Promise<void> {
  try {
    session = await begin();
  } catch (error) {
    showFailure(error);
    return;
  }
  bank = session.institution ?? undefined;
  if (session.oauth_state_id !== null) {
    await finishOauth(session.oauth_state_id);
    return;
  }
  void emit("OPEN");
  if (bank === undefined) showInstitutions();
  else showLogin();
}

function stateField(oauthStateId: string | null): { oauth_state_id?: string } {
  return oauthStateId === null ? {} : { oauth_state_id: oauthStateId };
}

/** The page's address names the session: `/hl/{id}`, with a state if the user comes back from a bank. */
async function beginHosted(id: string): Promise<Session> {
  hosted = { completionUri: null };
  const state = new URLSearchParams(location.search).get("oauth_state_id");
  const { completion_redirect_uri: completionUri, ...begun } = await call<HostedSession>(
    `/hosted/${encodeURIComponent(id)}/session`,
    stateField(state),
  );
  hosted = { completionUri };
  return begun;
}

/** A dialog keeps the focus: after its last element comes its first. */
function keepFocus(event: KeyboardEvent): void {
  const stops = [...document.querySelectorAll<HTMLButtonElement | HTMLInputElement>("button, input")].filter(
    (stop) => stop.offsetParent !== null && !stop.disabled,
  );
  const [first, last] = [stops[0], stops.at(-1)];
  const { activeElement } = document;
  const isAtStart = activeElement === first || activeElement === document.body;
  const next = event.shiftKey ? (isAtStart ? last : undefined) : activeElement === last ? first : undefined;
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

window.addEventListener("message", ({ source, origin, data }: MessageEvent<unknown>) => {
  if (source === null || source !== window.parent || !isToFrame(data)) return;
  if (page !== undefined && page.origin !== origin) return;
  if (data.kind === "relink-link:open") {
    if (page !== undefined) return;
    page = { window: source, origin };
    const { token, oauthStateId } = data;
    void open(() => call<Session>("/session", { token, ...stateField(oauthStateId) }));
  } else if (data.force) void exit();
  else confirmExit();
});

byId("close").onclick = confirmExit;
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") confirmExit();
  if (event.key === "Tab") keepFocus(event);
});

// The page is not known yet: this one message says nothing, so anybody may hear it.
if (window.parent !== window) window.parent.postMessage({ kind: "relink-link:ready" } satisfies ToPage, "*");
else {
  const id = /^\/hl\/([^/]+)$/.exec(location.pathname)?.[1];
  if (id !== undefined) void open(() => beginHosted(id));
}
