import type { PanelName } from "./panels.ts";

/** The answer to a press of the button: what Link needs to open, or what to show instead. */
export type LinkTokenAnswer =
  | {
      state: "ready";
      link_token: string;
      /** Names the session in the events that follow. */
      session: string;
      /** With the way back from a bank that ended in another browser: the address that Link is to go on from. */
      received_redirect_uri?: string;
    }
  | {
      state: Extract<
        PanelName,
        "fixed" | "older_mail" | "removed" | "degraded" | "needs_new_item" | "revoked" | "needs_developer" | "restart"
      >;
    };

/** The answer to one of Link's callbacks. Only `repaired` says that the connection works. */
export interface LinkEventAnswer {
  state: "stored" | "repaired" | "checking";
}

/** A refusal. */
export interface Problem {
  /** Stable. */
  code: string;
  /** What to do next. */
  message: string;
  /** True if the same request may succeed later. */
  retryable: boolean;
}
