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
      /** Plaid shows Link on a page of its own. */
      state: "hosted";
      hosted_url: string;
    }
  | {
      state: Extract<
        PanelName,
        | "fixed"
        | "older_mail"
        | "displaced"
        | "removed"
        | "degraded"
        | "needs_new_item"
        | "cannot_renew"
        | "needs_developer"
        | "restart"
      >;
    };

/** The answer to one of Link's callbacks. Only `repaired` says that it is done: Plaid has confirmed it. */
export interface LinkEventAnswer {
  state: "stored" | "repaired" | "checking";
}

/** How a session on Plaid's own page went: as {@link LinkEventAnswer}, left, or not known to be over. */
export interface OutcomeAnswer {
  state: "repaired" | "checking" | "closed" | "failed" | "open";
  /** Plaid's code of what it failed with. */
  error_code?: string;
}

/** The answer to whoever asks for a new mail: always this one. */
export interface NewMailAnswer {
  state: "mail_asked";
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
