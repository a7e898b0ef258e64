/** What Link's callbacks say about a session. Plaid adds fields at will, so everything is optional. */
export interface LinkMetadata {
  link_session_id?: string | null;
  request_id?: string | null;
  status?: string | null;
  institution?: { institution_id?: string | null } | null;
  institution_id?: string | null;
  error_type?: string | null;
  error_code?: string | null;
  exit_status?: string | null;
  view_name?: string | null;
}

export interface LinkError {
  error_type?: string;
  error_code?: string;
  display_message?: string | null;
}

/**
 * Link's drop-in, as its script puts it on the window.
 *
 * @see https://plaid.com/docs/link/web/ (checked 2026-11-21)
 */
interface Plaid {
  create(options: {
    token: string;
    receivedRedirectUri?: string;
    onSuccess: (publicToken: string | null, metadata: LinkMetadata) => void;
    onExit: (error: LinkError | null, metadata: LinkMetadata) => void;
    onEvent: (name: string, metadata: LinkMetadata) => void;
    onLoad: () => void;
  }): LinkHandler;
}

interface LinkHandler {
  open(): void;
  destroy(): void;
}

declare global {
  interface Window {
    Plaid?: Plaid;
  }
}

/** Link's script cannot be loaded: blocked, or no network. */
export class LinkBlockedError extends Error {}

const SCRIPT_TIMEOUT_MS = 15_000;
const OPEN_TIMEOUT_MS = 20_000;

/**
 * Loads Link's script.
 *
 * @throws {@link LinkBlockedError}; may be called again then.
 */
export async function loadPlaid(url: string): Promise<Plaid> {
  if (window.Plaid !== undefined) return window.Plaid;
  const script = document.createElement("script");
  script.src = url;
  try {
    await new Promise((resolve, reject) => {
      setTimeout(reject, SCRIPT_TIMEOUT_MS);
      script.addEventListener("load", resolve);
      script.addEventListener("error", reject);
      document.head.append(script);
    });
  } catch {
    script.remove();
  }
  if (window.Plaid === undefined) throw new LinkBlockedError();
  return window.Plaid;
}

/** What a Link session can tell the page. After `succeeded`, `exited` or `blocked` nothing more comes. */
export interface LinkListener {
  succeeded(metadata: LinkMetadata): void;
  exited(error: LinkError | null, metadata: LinkMetadata): void;
  happened(name: string, metadata: LinkMetadata): void;
  /** The script is there, but its window does not come up. */
  blocked(): void;
}

let previous: LinkHandler | undefined;

/**
 * Opens Link over the page. The public token that it gives at the end is not even looked at: after update mode there is
 * nothing to exchange.
 */
export function openLink(
  plaid: Plaid,
  options: { token: string; receivedRedirectUri?: string | undefined },
  listener: LinkListener,
): void {
  // Only now: events of a session may still come after its end.
  previous?.destroy();
  const handler = plaid.create({
    token: options.token,
    ...(options.receivedRedirectUri !== undefined && { receivedRedirectUri: options.receivedRedirectUri }),
    onLoad: () => clearTimeout(timer),
    onEvent: (name, metadata) => {
      clearTimeout(timer);
      listener.happened(name, metadata);
    },
    onSuccess: (_publicToken, metadata) => {
      clearTimeout(timer);
      listener.succeeded(metadata);
    },
    onExit: (error, metadata) => {
      clearTimeout(timer);
      listener.exited(error, metadata);
    },
  });
  const timer = setTimeout(() => {
    handler.destroy();
    listener.blocked();
  }, OPEN_TIMEOUT_MS);
  previous = handler;
  handler.open();
}
