import type { PanelName } from "../panels.ts";
import { currentPanel, explainError, setBusy, showDays, showPanel } from "./panels.ts";
import { LinkBlockedError, type LinkMetadata, loadPlaid, openLink } from "./plaid-link.ts";
import { createServer, type LinkCallback, ServerError } from "./server.ts";

/** How long to wait before each further question whether the connection works. */
const CHECK_PAUSES_MS = [2_000, 3_000, 5_000, 8_000, 13_000];

const page = document.querySelector<HTMLElement>("main[data-token]");
if (page !== null) begin(page.dataset);

function begin({ token = "", plaidScript = "", session: hostedSession }: DOMStringMap): void {
  const server = createServer(token);
  const isReturn = currentPanel() === "continue";
  let isUnderWay = false;
  let last: () => Promise<void> = () => connect({});

  showDays();
  // Nothing but this page needs the token: it leaves the address, and with that the history. On the way back from the
  // bank the address stays until Link was given it.
  if (!isReturn) forgetAddress();
  if (hostedSession !== undefined) void askOutcome(hostedSession);
  const first = document.querySelector<HTMLElement>("[data-panel]:not([hidden]) [data-action]");
  if (first === null && hostedSession === undefined) return;

  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-action]") : null;
    if (pressed === null || isUnderWay) return;
    const does = pressed.dataset["action"];
    if (does === "connect") last = () => connect({});
    if (does === "new_mail") last = askForMail;
    void last();
  });
  // Shown again as it was left, by the browser's Back: the window that was open then is gone.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) setBusy(false);
  });
  if (isReturn) void connect({ resume: true });
  // Fetched while the person reads, so that the press opens Link at once. If it fails, the press tries again.
  else if (first?.dataset["action"] === "connect") loadPlaid(plaidScript).catch(() => undefined);

  /** Does what a button is for, once at a time; what goes wrong is shown. */
  async function doOnce(work: () => Promise<void>): Promise<void> {
    if (isUnderWay) return;
    isUnderWay = true;
    setBusy(true);
    try {
      await work();
    } catch (error) {
      showPanel(panelFor(error));
    } finally {
      if (isReturn) forgetAddress();
      isUnderWay = false;
    }
  }

  function connect(options: { resume?: true }): Promise<void> {
    return doOnce(async () => {
      const [plaid, answer] = await Promise.all([loadPlaid(plaidScript), server.linkToken(options)]);
      if (answer.state === "hosted") {
        window.location.assign(answer.hosted_url);
        return;
      }
      if (answer.state !== "ready") {
        showPanel(answer.state);
        return;
      }
      const receivedRedirectUri = options.resume ? window.location.href : answer.received_redirect_uri;
      const { session } = answer;
      openLink(
        plaid,
        { token: answer.link_token, receivedRedirectUri },
        {
          happened: (name, metadata) => void tell(session, { callback: "event", name, metadata }),
          exited(error, metadata) {
            void tell(session, { callback: "exit", error, metadata });
            if (error === null) showPanel("closed");
            else showPanel("failed", explainError(error.error_code, error.display_message));
          },
          succeeded: (metadata) => void confirm(session, metadata),
          blocked: () => showPanel("blocked"),
        },
      );
    });
  }

  function askForMail(): Promise<void> {
    return doOnce(async () => showPanel((await server.newMail()).state));
  }

  /** Tells the server what Link said. If that is lost, support knows less; the person loses nothing. */
  async function tell(session: string, told: LinkCallback): Promise<void> {
    await server.event(session, crypto.randomUUID(), told).catch(() => undefined);
  }

  /** Link says that it went well: the server asks Plaid until it knows. */
  async function confirm(session: string, metadata: LinkMetadata): Promise<void> {
    showPanel("checking");
    const callbackId = crypto.randomUUID();
    const isRepaired = await untilTrue(async () => {
      const answer = await server.event(session, callbackId, { callback: "success", metadata });
      return answer.state === "repaired";
    });
    showPanel(isRepaired ? "done" : "later");
  }

  /** Back from Plaid's own page, where nobody told us anything: the server asks how it went until it knows. */
  async function askOutcome(session: string): Promise<void> {
    let end: PanelName = "closed";
    let reason: string | undefined;
    const isKnown = await untilTrue(async () => {
      const answer = await server.outcome(session);
      if (answer.state === "checking") end = "later";
      if (answer.state === "checking" || answer.state === "open") return false;
      end = answer.state === "repaired" ? "done" : answer.state;
      reason = explainError(answer.error_code);
      return true;
    });
    showPanel(end, isKnown ? reason : undefined);
  }
}

/** Asks again after each pause. A question that fails counts as one that was answered with no. */
async function untilTrue(ask: () => Promise<boolean>): Promise<boolean> {
  for (const pauseMs of [...CHECK_PAUSES_MS, null]) {
    if (await ask().catch(() => false)) return true;
    if (pauseMs !== null) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return false;
}

function panelFor(error: unknown): PanelName {
  if (error instanceof LinkBlockedError) return navigator.onLine ? "blocked" : "unreachable";
  if (!(error instanceof ServerError)) return "failed"; // Link itself refuses to begin
  if (error.status === 429) return "busy";
  if (error.status === 502) return "needs_developer"; // Plaid refuses, and would refuse again
  if (error.status === 503) return "plaid_down";
  return error.status === 404 || error.status === 410 ? "expired" : "unreachable";
}

function forgetAddress(): void {
  history.replaceState(null, "", "/r");
}
