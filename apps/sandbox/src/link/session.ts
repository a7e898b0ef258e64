import type { FaultState } from "../control/faults.ts";
import type { ItemLife } from "../item-life.ts";
import { accountsOf } from "../plaid/accounts.ts";
import { type PlaidErrorBody, PlaidApiError, plaidError } from "../plaid/errors.ts";
import { consentEnd, type Institution, institutions } from "../plaid/institutions.ts";
import type { Item, Items } from "../store/items.ts";
import type { LinkSession, LinkStore, LinkToken } from "../store/link.ts";
import type { Tokens } from "../store/tokens.ts";

export interface LinkSessionsDeps {
  items: Items;
  tokens: Tokens;
  link: LinkStore;
  life: ItemLife;
  faults: FaultState;
  now: () => number;
}

export interface LinkSuccess {
  public_token: string;
  metadata: {
    institution: { name: string; institution_id: string };
    accounts: {
      id: string;
      name: string;
      mask: string;
      type: string;
      subtype: string;
      verification_status: null;
      class_type: null;
    }[];
    link_session_id: string;
    transfer_status: null;
  };
}

export type LinkSessions = ReturnType<typeof createLinkSessions>;

/** What Link's frame asks the server: the rules of a session, from the token to the public token. */
export function createLinkSessions(deps: LinkSessionsDeps) {
  const { items, tokens, link, life, faults, now } = deps;

  function usableToken(linkToken: string): LinkToken {
    const token = link.findToken(linkToken);
    const used = faults.current.link_tokens === "single_use" && token?.usedAt !== null;
    if (token === undefined || used || token.expiresAt <= now()) throw plaidError("INVALID_LINK_TOKEN");
    return token;
  }

  function openSession(linkSessionId: string): { session: LinkSession; token: LinkToken } {
    const session = link.findSession(linkSessionId);
    if (session === undefined || session.finishedAt !== null) throw plaidError("INVALID_LINK_TOKEN");
    return { session, token: usableToken(session.linkToken) };
  }

  function itemOf(token: LinkToken): Item | undefined {
    if (token.itemId === null) return undefined;
    const item = items.find(token.itemId);
    if (item === undefined || item.removedAt !== null) throw plaidError("ITEM_NOT_FOUND");
    return item;
  }

  /** In update mode the bank is the Item's, whatever the frame says. */
  function bankOf(token: LinkToken, institutionId: string): Institution {
    const bank = institutions.get(itemOf(token)?.institutionId ?? institutionId);
    if (bank === undefined) throw plaidError("INVALID_INSTITUTION");
    return bank;
  }

  /** A login at the bank went well: a new Item, or the old one repaired. */
  function succeed(linkSessionId: string, token: LinkToken, bank: Institution): LinkSuccess {
    const old = itemOf(token);
    if (old?.error && !canUserRepair(old.error)) throw new PlaidApiError(old.error);
    const itemId =
      old === undefined
        ? items.create(
            {
              institutionId: bank.id,
              products: token.request.products ?? [],
              webhook: token.request.webhook ?? null,
              consentExpirationTime: consentEnd(bank, now()),
            },
            now(),
          ).itemId
        : life.renewLogin(old).itemId;
    const success: LinkSuccess = {
      public_token: tokens.createPublic(itemId, now()),
      metadata: {
        institution: { name: bank.name, institution_id: bank.id },
        accounts: accountsOf(itemId).map((account) => ({
          id: account.account_id,
          name: account.name,
          mask: account.mask,
          type: account.type,
          subtype: account.subtype,
          verification_status: null,
          class_type: null,
        })),
        link_session_id: linkSessionId,
        transfer_status: null,
      },
    };
    link.useToken(token.linkToken, now());
    link.finishSession(linkSessionId, { result: sessionResult(success) }, now());
    return success;
  }

  return {
    /**
     * Begins a session, or takes up the one that went to a bank.
     *
     * @param oauthStateId - what the bank's page added to `redirect_uri`.
     * @throws {@link PlaidApiError} INVALID_LINK_TOKEN, ITEM_NOT_FOUND, or an OAUTH_ERROR where token and state do not
     * belong together.
     */
    begin(linkToken: string, oauthStateId: string | undefined) {
      const token = usableToken(linkToken);
      const item = itemOf(token);
      const shared = {
        client_name: token.request.client_name.length > 30 ? "This Application" : token.request.client_name,
        is_update_mode: item !== undefined,
      };
      if (oauthStateId === undefined) {
        const bank = institutions.get(item?.institutionId ?? token.request.institution_id ?? "");
        return {
          ...shared,
          link_session_id: link.startSession(linkToken, now()),
          institution: bank ? bankChoice(bank) : null,
          institutions: [...institutions.values()]
            .filter(({ countries }) =>
              countries.some((country) => token.request.country_codes.some((c) => c === country)),
            )
            .map(bankChoice),
          oauth_state_id: null,
        };
      }
      const state = link.findOauthState(oauthStateId);
      if (state === undefined) throw plaidError("OAUTH_STATE_ID_NOT_FOUND");
      if (state.linkToken !== linkToken) throw plaidError("INCORRECT_LINK_TOKEN");
      if (state.status === "processed") throw plaidError("OAUTH_STATE_ID_ALREADY_PROCESSED");
      return {
        ...shared,
        link_session_id: state.linkSessionId,
        institution: bankChoice(bankOf(token, state.institutionId)),
        institutions: [],
        oauth_state_id: oauthStateId,
      };
    },

    /**
     * One try with a user name and a password.
     *
     * @throws {@link PlaidApiError} INVALID_CREDENTIALS; the code that the password `error_<CODE>` names; what the bank or
     * the Item is in anyway.
     */
    submitCredentials(linkSessionId: string, login: { institutionId: string; username: string; password: string }) {
      const { token } = openSession(linkSessionId);
      const bank = bankOf(token, login.institutionId);
      if (bank.loginError !== undefined) throw plaidError(bank.loginError);
      const askedFor = /^error_([A-Z_]+)$/.exec(login.password)?.[1];
      if (askedFor !== undefined) throw plaidError(askedFor);
      if (!login.username.startsWith("user_") || login.password !== "pass_good")
        throw plaidError("INVALID_CREDENTIALS");
      return succeed(linkSessionId, token, bank);
    },

    /** Sends the user to the bank's own page; gives the state that it will come back with. */
    startOauth(linkSessionId: string, institutionId: string): string {
      const { token } = openSession(linkSessionId);
      if (token.request.redirect_uri === undefined)
        throw plaidError("INVALID_FIELD", "redirect_uri: this institution needs one; give it to /link/token/create");
      const bank = bankOf(token, institutionId);
      return link.createOauthState({ linkSessionId, linkToken: token.linkToken, institutionId: bank.id });
    },

    /** What the bank's page shows, if the login is still open. */
    bankPage(oauthStateId: string): { bank: string; application: string } | undefined {
      const state = link.findOauthState(oauthStateId);
      const token = state && link.findToken(state.linkToken);
      const bank = state && institutions.get(state.institutionId);
      if (token === undefined || bank === undefined || state?.status !== "pending") return undefined;
      return { bank: bank.name, application: token.request.client_name };
    },

    /** The user's decision at the bank; gives the address to return to. */
    decideOauth(oauthStateId: string, allowed: boolean): string | undefined {
      const state = link.findOauthState(oauthStateId);
      const redirectUri = state && link.findToken(state.linkToken)?.request.redirect_uri;
      if (redirectUri === undefined || state?.status !== "pending") return undefined;
      link.setOauthStatus(oauthStateId, allowed ? "allowed" : "denied");
      return `${redirectUri}?oauth_state_id=${oauthStateId}`;
    },

    /** Back from the bank, once per state. @throws {@link PlaidApiError} INSUFFICIENT_CREDENTIALS if the user denied. */
    finishOauth(linkSessionId: string, oauthStateId: string): LinkSuccess {
      const { token } = openSession(linkSessionId);
      const state = link.findOauthState(oauthStateId);
      if (state === undefined || state.linkSessionId !== linkSessionId) throw plaidError("OAUTH_STATE_ID_NOT_FOUND");
      if (state.status === "processed") throw plaidError("OAUTH_STATE_ID_ALREADY_PROCESSED");
      link.setOauthStatus(oauthStateId, "processed");
      if (state.status !== "allowed") throw plaidError("INSUFFICIENT_CREDENTIALS");
      return succeed(linkSessionId, token, bankOf(token, state.institutionId));
    },

    /** Link's own log, as `/link/token/get` shows it. */
    addEvent(linkSessionId: string, name: string, metadata: Record<string, unknown>): void {
      if (link.findSession(linkSessionId) === undefined) return;
      const { timestamp, ...rest } = metadata;
      const known = Object.entries(rest).filter(([key, value]) => EVENT_FIELDS.has(key) && typeof value === "string");
      link.addEvent(linkSessionId, {
        event_name: name,
        timestamp: typeof timestamp === "string" ? timestamp : new Date(now()).toISOString(),
        event_metadata: Object.fromEntries(known),
      });
    },

    /** The user left without success. */
    exit(linkSessionId: string, error: unknown, metadata: unknown): void {
      link.finishSession(linkSessionId, { exit: { error, metadata } }, now());
    },
  };
}

const EVENT_FIELDS = new Set([
  "error_code",
  "error_message",
  "error_type",
  "exit_status",
  "institution_id",
  "institution_name",
  "request_id",
  "view_name",
]);

/** Some states do not end with a good login: the bank is down, or this kind of Item is not supported. */
function canUserRepair(error: PlaidErrorBody): boolean {
  if (["INSTITUTION_ERROR", "API_ERROR", "RATE_LIMIT_EXCEEDED"].includes(error.error_type)) return false;
  return !["ITEM_NOT_SUPPORTED", "MFA_NOT_SUPPORTED", "NO_ACCOUNTS"].includes(error.error_code);
}

function bankChoice(bank: Institution) {
  return { institution_id: bank.id, name: bank.name, oauth: bank.oauth };
}

/** In the form of `link_sessions[].results` of `/link/token/get`. */
function sessionResult(success: LinkSuccess) {
  const { institution, accounts } = success.metadata;
  return {
    item_add_results: [{ public_token: success.public_token, accounts, institution }],
    cra_item_add_results: [],
    cra_update_results: [],
    bank_income_results: [],
    payroll_income_results: [],
    document_income_results: null,
  };
}
