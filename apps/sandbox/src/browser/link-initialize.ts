import { type ExitMetadata, isToPage, type LinkError, type Metadata, type ToFrame } from "./frame-messages.ts";

/** What `Plaid.create` takes. @see https://plaid.com/docs/link/web/ (checked 2026-11-21) */
interface LinkConfig {
  token: string;
  onSuccess: (publicToken: string | null, metadata: Metadata) => void;
  onExit?: (error: LinkError | null, metadata: ExitMetadata) => void;
  onEvent?: (name: string, metadata: Metadata) => void;
  onLoad?: () => void;
  receivedRedirectUri?: string | null;
}

interface LinkHandler {
  open(): void;
  exit(options?: { force?: boolean } | null, callback?: () => void): void;
  destroy(): void;
  submit(): void;
}

/** The frame lives where this script came from. */
function scriptOrigin(): string {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) throw new TypeError("load this file with a script element");
  return new URL(script.src).origin;
}

const ORIGIN = scriptOrigin();

/** Through the style object, which a page's Content-Security-Policy allows; a style attribute in HTML might not be. */
const FRAME_STYLE = {
  position: "fixed",
  inset: "0",
  width: "100%",
  height: "100%",
  border: "0",
  zIndex: "2147483647",
  colorScheme: "light",
} as const;

function oauthStateIdOf(uri: string | null | undefined): string | null {
  if (uri === undefined || uri === null || !URL.canParse(uri)) return null;
  return new URL(uri).searchParams.get("oauth_state_id");
}

function create(config: LinkConfig): LinkHandler {
  let frame: HTMLIFrameElement | undefined;
  let destroyed = false;
  let afterExit: (() => void) | undefined;
  let focusBefore: Element | null = null;

  const tell = (message: ToFrame) => frame?.contentWindow?.postMessage(message, ORIGIN);

  function close(): void {
    frame?.remove();
    frame = undefined;
    document.documentElement.style.removeProperty("overflow");
    if (focusBefore instanceof HTMLElement) focusBefore.focus();
  }

  function onMessage({ origin, source, data }: MessageEvent<unknown>): void {
    if (origin !== ORIGIN || frame === undefined || source !== frame.contentWindow || !isToPage(data)) return;
    switch (data.kind) {
      case "relink-link:ready":
        tell({
          kind: "relink-link:open",
          token: config.token,
          oauthStateId: oauthStateIdOf(config.receivedRedirectUri),
        });
        break;
      case "relink-link:event":
        config.onEvent?.(data.name, data.metadata);
        break;
      case "relink-link:success":
        close();
        config.onSuccess(data.publicToken, data.metadata);
        break;
      case "relink-link:exited":
        close();
        config.onExit?.(data.error, data.metadata);
        afterExit?.();
        afterExit = undefined;
        break;
      case "relink-link:navigate":
        window.location.assign(new URL(data.path, ORIGIN));
        break;
    }
  }

  window.addEventListener("message", onMessage);
  setTimeout(() => {
    if (!destroyed) config.onLoad?.();
  });

  return {
    open() {
      if (destroyed || frame !== undefined) return;
      focusBefore = document.activeElement;
      frame = document.createElement("iframe");
      frame.title = "Link";
      frame.src = `${ORIGIN}/link/v2/stable/link.html`;
      Object.assign(frame.style, FRAME_STYLE);
      document.documentElement.style.overflow = "hidden";
      document.body.append(frame);
      frame.focus();
    },

    exit(options, callback) {
      if (frame === undefined) {
        callback?.();
        return;
      }
      afterExit = callback;
      tell({ kind: "relink-link:exit", force: options?.force === true });
    },

    destroy() {
      destroyed = true;
      window.removeEventListener("message", onMessage);
      close();
    },

    // Layer takes a phone number with this; it is not part of the sandbox.
    submit() {},
  };
}

Object.assign(window, { Plaid: { create } });
