import type { PanelName } from "../panels.ts";
import { explainError } from "./explain-error.ts";
import { currentPanel, setBusy, showPanel } from "./panels.ts";
import { LinkBlockedError, type LinkMetadata, loadPlaid, openLink } from "./plaid-link.ts";
import { createServer, type LinkCallback, ServerError } from "./server.ts";

/** How long to wait before each further question whether the connection works. */
const CHECK_PAUSES_MS = [2_000, 3_000, 5_000, 8_000, 13_000];

const page = document.querySelector<HTMLElement>("main[data-token]");
if (page !== null) begin(page.dataset["token"] ?? "", page.dataset["plaidScript"] ?? "");

function begin(token: string, scriptUrl: string): void {
  const server = createServer(token);
  const isReturn = currentPanel() === "continue";
  let isUnderWay = false;

  // Nothing but this page needs the token: it leaves the address, and with that the history. On the way back from the
  // bank the address stays until Link was given it.
  if (!isReturn) forgetAddress();
  if (document.querySelector("[data-action]") === null) return;

  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-action]") !== null) void connect({});
  });
  // Shown again as it was left, by the browser's Back: the window that was open then is gone.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) setBusy(null);
  });
  if (isReturn) void connect({ resume: true });
  // Fetched while the person reads, so that the press opens Link at once. If it fails, the press tries again.
  else loadPlaid(scriptUrl).catch(() => undefined);

  async function connect(options: { resume?: true }): Promise<void> {
    if (isUnderWay) return;
    isUnderWay = true;
    setBusy("Opening…");
    try {
      const [plaid, answer] = await Promise.all([loadPlaid(scriptUrl), server.linkToken(options)]);
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
            else showPanel("failed", explainError(error));
          },
          succeeded: (metadata) => void confirm(session, metadata),
          blocked: () => showPanel("blocked"),
        },
      );
    } catch (error) {
      showPanel(panelFor(error));
    } finally {
      forgetAddress();
      isUnderWay = false;
    }
  }

  /** Tells the server what Link said. If that is lost, support knows less; the person loses nothing. */
  async function tell(session: string, told: LinkCallback): Promise<void> {
    await server.event(session, crypto.randomUUID(), told).catch(() => undefined);
  }

  /** Link says that it went well: the server asks Plaid until it knows. */
  async function confirm(session: string, metadata: LinkMetadata): Promise<void> {
    showPanel("checking");
    const callbackId = crypto.randomUUID();
    for (const pauseMs of [...CHECK_PAUSES_MS, null]) {
      const answer = await server.event(session, callbackId, { callback: "success", metadata }).catch(() => null);
      if (answer?.state === "repaired") {
        showPanel("done");
        return;
      }
      if (pauseMs !== null) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    showPanel("later");
  }
}

function panelFor(error: unknown): PanelName {
  if (error instanceof LinkBlockedError) return navigator.onLine ? "blocked" : "unreachable";
  if (!(error instanceof ServerError)) return "failed"; // Link itself refuses to begin
  if (error.status === 429) return "busy";
  if (error.status === 502) return "needs_developer"; // Plaid refuses, and would refuse again
  return error.status === 404 || error.status === 410 ? "expired" : "unreachable";
}

function forgetAddress(): void {
  history.replaceState(null, "", "/r");
}
