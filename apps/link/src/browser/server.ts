import type { LinkEventAnswer, LinkTokenAnswer, NewMailAnswer, OutcomeAnswer } from "../answers.ts";
import type { LinkError, LinkMetadata } from "./plaid-link.ts";

/** The server refused, or was not reached (`status` 0). */
export class ServerError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the server answered ${status}`);
    this.status = status;
  }
}

const TIMEOUT_MS = 30_000;

/** One of Link's callbacks, as it is told to the server. */
export interface LinkCallback {
  callback: "success" | "exit" | "event";
  name?: string;
  error?: LinkError | null;
  metadata: LinkMetadata;
}

/** Speaks with the server about one deep link. Every function throws {@link ServerError} and nothing else. */
export function createServer(token: string) {
  async function post(what: "link-token" | "events" | "outcome" | "new-mail", body: unknown): Promise<unknown> {
    const url = `/r/${encodeURIComponent(token)}/${what}`;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
        // An event that is under way when the page is left for the bank still arrives.
        keepalive: true,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new ServerError(response.status);
      return await response.json();
    } catch (error) {
      throw error instanceof ServerError ? error : new ServerError(0);
    }
  }

  return {
    linkToken: (options: { resume?: true }) => post("link-token", options) as Promise<LinkTokenAnswer>,
    /** @param callbackId - the same for every time that this callback is told. */
    event: (session: string, callbackId: string, told: LinkCallback) =>
      post("events", { session, callback_id: callbackId, ...fieldsOf(told) }) as Promise<LinkEventAnswer>,
    outcome: (session: string) => post("outcome", { session }) as Promise<OutcomeAnswer>,
    newMail: () => post("new-mail", {}) as Promise<NewMailAnswer>,
  };
}

/** The fields that the server wants, and no others: metadata also holds accounts, masks and what was searched for. */
function fieldsOf({ callback, name, error, metadata }: LinkCallback): Record<string, string> {
  const fields = {
    callback,
    event_name: name,
    link_session_id: metadata.link_session_id,
    request_id: metadata.request_id,
    error_type: error?.error_type ?? metadata.error_type,
    error_code: error?.error_code ?? metadata.error_code,
    exit_status: metadata.exit_status ?? metadata.status,
    institution_id: metadata.institution_id ?? metadata.institution?.institution_id,
    view_name: metadata.view_name,
  };
  return Object.fromEntries(
    Object.entries(fields).filter(
      (field): field is [string, string] => typeof field[1] === "string" && field[1] !== "",
    ),
  );
}
