interface Address {
  Name: string;
  Address: string;
}

interface Summary {
  ID: string;
  From: Address;
  To: Address[];
  Subject: string;
  Created: string;
  Read: boolean;
  Snippet: string;
}

interface Message extends Summary {
  HTML: string;
  Text: string;
}

interface Item {
  item_id: string;
  institution_name: string | null;
  webhook: string | null;
  error: { error_type: string; error_code: string } | null;
  consent_expiration_time: string | null;
  disconnect_time: string | null;
  removed_at: string | null;
}

interface Webhook {
  id: string;
  type: string | null;
  code: string | null;
  url: string;
  body: string;
  state: string;
  created_at: string;
  attempts: { at: string; status?: number; error?: string; ms: number }[];
}

const REFRESH_MS = 2000;

const page = byId("page");
const notice = byId("notice");

/** What each region shows, as text: a refresh that changes nothing leaves it, its focus and its scrolling alone. */
const shown = new WeakMap<HTMLElement, string>();
const openedBodies = new Set<string>();
let openMail: { id: string; view: "html" | "text" } | undefined;

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new TypeError(`no element ${id}`);
  return found;
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function button(text: string, onClick: () => Promise<unknown>): HTMLButtonElement {
  const made = element("button", { type: "button" }, text);
  made.addEventListener("click", () => void onClick().then(refresh).catch(tellFailure));
  return made;
}

async function load<Answer>(path: string, method = "GET"): Promise<Answer> {
  const response = await fetch(path, { method });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
}

function tellFailure(error: unknown): void {
  notice.textContent = error instanceof Error ? `The sandbox does not answer as it should. ${error.message}` : "";
}

const people = (list: Address[]) =>
  list.map(({ Name, Address }) => (Name === "" ? Address : `${Name} <${Address}>`)).join(", ");
const time = (iso: string) => new Date(iso).toLocaleString();

/** Replaces a region's content if it changed, and gives the focus back to the element that had it, by its place. */
function render(region: HTMLElement, state: unknown, build: () => Node[]): void {
  const text = JSON.stringify([location.hash, state]);
  if (shown.get(region) === text) return;
  shown.set(region, text);
  const focusable = () => [...region.querySelectorAll<HTMLElement>("button, a, summary")];
  const focused = focusable().findIndex((candidate) => candidate === document.activeElement);
  region.replaceChildren(...build());
  if (focused >= 0) focusable()[focused]?.focus();
}

async function showMail(): Promise<void> {
  const open = openMail && (await load<Message>(`/api/v1/message/${openMail.id}`).catch(() => undefined));
  const list = await load<{ messages: Summary[]; unread: number; total: number }>("/api/v1/messages?limit=200");
  byId("unread").textContent = list.unread > 0 ? `(${list.unread})` : "";
  const isEmpty = list.messages.length === 0;
  render(page, isEmpty, () => [
    isEmpty
      ? element("p", { className: "empty" }, "No mail yet. What is sent to this sandbox appears here by itself.")
      : element(
          "div",
          { className: "mail", id: "mail" },
          element("ul", { className: "list", id: "mails", ariaLabel: "Mails" }),
          element("section", { className: "card", id: "message", ariaLabel: "Mail" }),
        ),
  ]);
  if (isEmpty) return;
  byId("mail").classList.toggle("open", open !== undefined);
  render(byId("mails"), [list.messages, openMail?.id], () => list.messages.map(mailEntry));
  // Its own region: a mail that is being read must not jump because another one comes in.
  render(byId("message"), [open, openMail?.view], () => [
    open === undefined ? element("p", { className: "soft" }, "Choose a mail.") : mailView(open),
  ]);
}

function mailEntry(mail: Summary): Node {
  const entry = button("", async () => {
    openMail = { id: mail.ID, view: "html" };
  });
  entry.className = mail.Read ? "" : "unread";
  if (mail.ID === openMail?.id) entry.ariaCurrent = "true";
  entry.append(
    element("span", {}, mail.Subject || "(no subject)"),
    element("span", { className: "soft" }, `${people(mail.To)} · ${time(mail.Created)}`),
    element("span", { className: "soft" }, mail.Snippet),
  );
  return element("li", {}, entry);
}

function mailView(mail: Message): Node {
  const view = mail.HTML === "" ? "text" : openMail?.view;
  const body =
    view === "text"
      ? element("pre", {}, mail.Text)
      : element("iframe", { title: "The mail", src: `/view/${mail.ID}.html` });
  // The page's address sends no right along but to open links; the answer's own policy says the same.
  if (body instanceof HTMLIFrameElement) body.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  const back = button("Back to the list", async () => {
    openMail = undefined;
  });
  back.className = "back";
  const show = (name: string, kind: "html" | "text") => {
    const made = button(name, async () => {
      openMail = { id: mail.ID, view: kind };
    });
    made.ariaPressed = String(view === kind);
    return made;
  };
  return element(
    "div",
    {},
    back,
    element("h1", {}, mail.Subject || "(no subject)"),
    element("p", { className: "soft" }, `From ${people([mail.From])} to ${people(mail.To)}`),
    element(
      "div",
      { className: "row" },
      ...(mail.HTML === "" ? [] : [show("As it looks", "html"), show("Plain text", "text")]),
      element("a", { href: `/api/v1/message/${mail.ID}/raw`, target: "_blank" }, "Source"),
    ),
    body,
  );
}

async function showItems(): Promise<void> {
  const { items, total } = await load<{ items: Item[]; total: number }>("/control/items?limit=100");
  render(page, items, () => {
    if (items.length === 0)
      return [element("p", { className: "empty" }, "No Items yet. Link a bank, or call /sandbox/public_token/create.")];
    const shortened =
      total > items.length ? [element("p", { className: "soft" }, `The newest ${items.length} of ${total}.`)] : [];
    return [...shortened, ...items.map(itemView)];
  });
}

function itemView(item: Item): Node {
  const act = (name: string, verb: string) =>
    button(name, () => load(`/control/items/${item.item_id}/${verb}`, "POST"));
  const state =
    item.removed_at !== null
      ? element("span", { className: "soft" }, "removed")
      : item.error === null
        ? element("span", { className: "good" }, "works")
        : element("span", { className: "bad" }, `${item.error.error_type} / ${item.error.error_code}`);
  const dates = [
    item.consent_expiration_time && `consent ends ${time(item.consent_expiration_time)}`,
    item.disconnect_time && `disconnects ${time(item.disconnect_time)}`,
  ].filter((text) => typeof text === "string");
  return element(
    "section",
    { className: "card" },
    element("h2", {}, `${item.institution_name ?? "Unknown bank"}: `, state),
    element("p", { className: "soft" }, [item.item_id, item.webhook ?? "no webhook", ...dates].join(" · ")),
    ...(item.removed_at === null
      ? [
          element(
            "div",
            { className: "row" },
            act("Break", "error"),
            act("Repair", "repair"),
            act("Consent ends soon", "pending-expiration"),
            act("Bank will disconnect", "pending-disconnect"),
            act("New account", "new-account"),
            act("Revoke an account", "revoke-account"),
            act("Revoke", "revoke"),
          ),
        ]
      : []),
  );
}

async function showWebhooks(): Promise<void> {
  const { webhooks } = await load<{ webhooks: Webhook[] }>("/control/webhooks?limit=100");
  render(page, webhooks, () => {
    if (webhooks.length === 0) return [element("p", { className: "empty" }, "No webhook was sent yet.")];
    return webhooks.map((webhook) => {
      const attempts = webhook.attempts.map((attempt) =>
        element("li", {}, `${time(attempt.at)}: ${attempt.status ?? attempt.error} in ${attempt.ms} ms`),
      );
      const kind = { delivered: "good", pending: "", gave_up: "bad", dropped: "bad" }[webhook.state] ?? "";
      return element(
        "section",
        { className: "card" },
        element(
          "h2",
          {},
          `${webhook.type ?? "?"}: ${webhook.code ?? "?"} `,
          element("span", { className: kind }, webhook.state.replace("_", " ")),
        ),
        element("p", { className: "soft" }, `${time(webhook.created_at)} to ${webhook.url}`),
        element("ol", {}, ...attempts),
        bodyView(webhook),
      );
    });
  });
}

function bodyView(webhook: Webhook): Node {
  const details = element(
    "details",
    { open: openedBodies.has(webhook.id) },
    element("summary", {}, "Body"),
    element("pre", {}, webhook.body),
  );
  details.addEventListener("toggle", () => {
    if (details.open) openedBodies.add(webhook.id);
    else openedBodies.delete(webhook.id);
  });
  return details;
}

async function refresh(): Promise<void> {
  const hash = location.hash || "#mail";
  for (const link of document.querySelectorAll<HTMLAnchorElement>("nav a"))
    link.ariaCurrent = link.hash === hash ? "page" : null;
  try {
    if (hash === "#items") await showItems();
    else if (hash === "#webhooks") await showWebhooks();
    else await showMail();
    notice.textContent = "";
  } catch (error) {
    tellFailure(error);
  }
}

async function refreshForEver(): Promise<void> {
  if (document.visibilityState === "visible") await refresh();
  setTimeout(() => void refreshForEver(), REFRESH_MS);
}

window.addEventListener("hashchange", () => void refresh());
void refreshForEver();
