import type { FaultState } from "../control/faults.ts";
import type { ItemLife } from "../item-life.ts";
import { accountIdOf, accountName, accountsOf, grantsOf } from "../plaid/accounts.ts";
import { type PlaidErrorBody, PlaidApiError, plaidError } from "../plaid/errors.ts";
import { consentEnd, type Institution, institutions } from "../plaid/institutions.ts";
import type { InstitutionHealths } from "../store/institution-health.ts";
import type { Item, Items } from "../store/items.ts";
import type { LinkSession, LinkStore, LinkToken } from "../store/link.ts";
import type { Tokens } from "../store/tokens.ts";
import { linkWebhooks } from "../webhooks/bodies.ts";
import type { WebhookBody } from "../webhooks/examples.ts";
import { type WebhookSender, webhookText } from "../webhooks/sender.ts";

export interface LinkSessionsDeps {
  items: Items;
  healths: InstitutionHealths;
  tokens: Tokens;
  link: LinkStore;
  life: ItemLife;
  sender: WebhookSender;
  faults: FaultState;
  /** Divides the wait until a session counts as left. */
  timeScale: number;
  now: () => number;
}

/** Plaid tells of a session that was left 5 to 15 minutes after its last event. */
const LEFT_MS = 10 * 60_000;
const SWEEP_MS = 1000;

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

/** The login was right, and Link goes on with the accounts: which of these may the application see? */
export interface AccountChoice {
  account_choice: { id: string; name: string; mask: string; is_shared: boolean }[];
}

export type LinkSessions = ReturnType<typeof createLinkSessions>;

/** What Link's frame asks the server: the rules of a session, from the token to the public token. */
export function createLinkSessions(deps: LinkSessionsDeps) {
  const { items, healths, tokens, link, life, sender, faults, timeScale, now } = deps;
  let timer: NodeJS.Timeout | undefined;

  function checkUsable(token: LinkToken | undefined): LinkToken {
    const used = faults.current.link_tokens === "single_use" && token?.usedAt !== null;
    if (token === undefined || used || token.expiresAt <= now()) throw plaidError("INVALID_LINK_TOKEN");
    return token;
  }

  function openSession(linkSessionId: string): { session: LinkSession; token: LinkToken } {
    const session = link.findSession(linkSessionId);
    if (session === undefined || session.finishedAt !== null) throw plaidError("INVALID_LINK_TOKEN");
    return { session, token: checkUsable(link.findToken(session.linkToken)) };
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

  /** A bank that is down takes no login, whatever the credentials. */
  function checkBankAnswers(bank: Institution): void {
    if (bank.loginError !== undefined) throw plaidError(bank.loginError);
    if (healths.of(bank).health === "DOWN") throw plaidError("INSTITUTION_DOWN");
  }

  /** Sends a webhook about a session, where Plaid would: Hosted Link alone has them without a request to Plaid. */
  function sendAbout(session: Pick<LinkSession, "linkSessionId" | "linkToken">, bodies: readonly WebhookBody[]): void {
    const token = link.findToken(session.linkToken);
    if (token === undefined || (token.hostedId === null && faults.current.link_webhooks !== "all")) return;
    // In update mode the request's own webhook means nothing: the Item has one.
    const item = token.itemId === null ? undefined : items.find(token.itemId);
    const url = item === undefined ? (token.request.webhook ?? null) : item.webhook;
    if (url === null) return;
    for (const body of bodies)
      sender.send({ itemId: null, type: body.webhook_type, code: body.webhook_code, url, body: webhookText(body) });
  }

  function namesOf({ linkSessionId, linkToken }: Pick<LinkSession, "linkSessionId" | "linkToken">) {
    return { link_session_id: linkSessionId, link_token: linkToken };
  }

  function eventsSoFar(session: Pick<LinkSession, "linkSessionId" | "linkToken">): WebhookBody {
    return linkWebhooks.events(namesOf(session), link.eventsOf(session.linkSessionId));
  }

  /** The login at the bank went well. Where the application wants a choice of accounts, that comes next. */
  function afterLogin(linkSessionId: string, token: LinkToken, bank: Institution): LinkSuccess | AccountChoice {
    const item = itemOf(token);
    const isChoiceWanted = token.request.update?.account_selection_enabled === true;
    if (item?.error && !canUserRepair(item.error, isChoiceWanted)) throw new PlaidApiError(item.error);
    if (item === undefined || !isChoiceWanted) return succeed(linkSessionId, token, bank, undefined);
    link.noteLogin(linkSessionId, bank.id);
    return {
      account_choice: grantsOf(item).map((grant) => ({
        id: accountIdOf(item.itemId, grant),
        name: accountName(grant.mask),
        mask: grant.mask,
        is_shared: grant.state === "shared",
      })),
    };
  }

  /** A new Item, or the old one repaired. */
  function succeed(
    linkSessionId: string,
    token: LinkToken,
    bank: Institution,
    chosen: readonly string[] | undefined,
  ): LinkSuccess {
    const old = itemOf(token);
    const item = old === undefined ? createItem(token, bank) : life.renew(old, chosen);
    const success: LinkSuccess = {
      public_token: tokens.createPublic(item.itemId, now()),
      metadata: {
        institution: { name: bank.name, institution_id: bank.id },
        accounts: accountsOf(item).map((account) => ({
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
    const session = { linkSessionId, linkToken: token.linkToken };
    if (link.finishSession(linkSessionId, { result: sessionResult(success) }, now()))
      sendAbout(session, [
        ...(old === undefined ? [linkWebhooks.itemAddResult(namesOf(session), success.public_token)] : []),
        linkWebhooks.sessionFinished(namesOf(session), success.public_token),
        eventsSoFar(session),
      ]);
    return success;
  }

  function createItem(token: LinkToken, bank: Institution): Pick<Item, "itemId" | "accounts"> {
    const { itemId } = items.create(
      {
        institutionId: bank.id,
        products: token.request.products ?? [],
        webhook: token.request.webhook ?? null,
        consentExpirationTime: consentEnd(bank, now()),
      },
      now(),
    );
    return { itemId, accounts: null };
  }

  function begin(token: LinkToken, oauthStateId: string | undefined) {
    const item = itemOf(token);
    const shared = {
      client_name: token.request.client_name.length > 30 ? "This Application" : token.request.client_name,
      is_update_mode: item !== undefined,
    };
    if (oauthStateId === undefined) {
      const bank = institutions.get(item?.institutionId ?? token.request.institution_id ?? "");
      return {
        ...shared,
        link_session_id: link.startSession(token.linkToken, now()),
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
    if (state.linkToken !== token.linkToken) throw plaidError("INCORRECT_LINK_TOKEN");
    if (state.status === "processed") throw plaidError("OAUTH_STATE_ID_ALREADY_PROCESSED");
    return {
      ...shared,
      link_session_id: state.linkSessionId,
      institution: bankChoice(bankOf(token, state.institutionId)),
      institutions: [],
      oauth_state_id: oauthStateId,
    };
  }

  function sweep(): void {
    for (const session of link.takeIdle(now() - LEFT_MS / timeScale)) sendAbout(session, [eventsSoFar(session)]);
  }

  return {
    /** Watches for sessions whose users closed the page. */
    start(): void {
      timer = setInterval(sweep, SWEEP_MS);
    },

    close(): void {
      clearInterval(timer);
    },

    /**
     * Begins a session, or takes up the one that went to a bank.
     *
     * @param oauthStateId - what the bank's page added to `redirect_uri`.
     * @throws {@link PlaidApiError} INVALID_LINK_TOKEN, ITEM_NOT_FOUND, or an OAUTH_ERROR where token and state do not
     * belong together.
     */
    begin(linkToken: string, oauthStateId: string | undefined) {
      return begin(checkUsable(link.findToken(linkToken)), oauthStateId);
    },

    /**
     * The same for Hosted Link, whose page knows no Link token. Also tells where the page leads in the end.
     *
     * @throws {@link PlaidApiError} as {@link begin}.
     */
    beginHosted(hostedId: string, oauthStateId: string | undefined) {
      const token = checkUsable(link.findHostedToken(hostedId));
      return {
        ...begin(token, oauthStateId),
        completion_redirect_uri: token.request.hosted_link?.completion_redirect_uri ?? null,
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
      checkBankAnswers(bank);
      const askedFor = /^error_([A-Z_]+)$/.exec(login.password)?.[1];
      if (askedFor !== undefined) throw plaidError(askedFor);
      if (!login.username.startsWith("user_") || login.password !== "pass_good")
        throw plaidError("INVALID_CREDENTIALS");
      return afterLogin(linkSessionId, token, bank);
    },

    /**
     * The accounts that the user shares from now on.
     *
     * @throws {@link PlaidApiError} INVALID_FIELD before the login; NO_ACCOUNTS if none is chosen; INVALID_ACCOUNT_ID.
     */
    chooseAccounts(linkSessionId: string, accountIds: readonly string[]): LinkSuccess {
      const { session, token } = openSession(linkSessionId);
      const item = itemOf(token);
      if (item === undefined || session.institutionId === null)
        throw plaidError("INVALID_FIELD", "accounts are chosen after the login");
      const known = new Set(grantsOf(item).map((grant) => accountIdOf(item.itemId, grant)));
      if (accountIds.some((id) => !known.has(id))) throw plaidError("INVALID_ACCOUNT_ID");
      if (accountIds.length === 0) throw plaidError("NO_ACCOUNTS");
      return succeed(linkSessionId, token, bankOf(token, session.institutionId), accountIds);
    },

    /** Sends the user to the bank's own page; gives the state that it will come back with. */
    startOauth(linkSessionId: string, institutionId: string): string {
      const { token } = openSession(linkSessionId);
      if (token.request.redirect_uri === undefined && token.hostedId === null)
        throw plaidError("INVALID_FIELD", "redirect_uri: this institution needs one; give it to /link/token/create");
      const bank = bankOf(token, institutionId);
      checkBankAnswers(bank);
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

    /** The user's decision at the bank; gives the address to return to. Hosted Link needs no page of the application. */
    decideOauth(oauthStateId: string, allowed: boolean): string | undefined {
      const state = link.findOauthState(oauthStateId);
      const token = state && link.findToken(state.linkToken);
      const hosted = token?.hostedId;
      const returnTo = typeof hosted === "string" ? `/hl/${hosted}` : token?.request.redirect_uri;
      if (returnTo === undefined || state?.status !== "pending") return undefined;
      link.setOauthStatus(oauthStateId, allowed ? "allowed" : "denied");
      return `${returnTo}?oauth_state_id=${oauthStateId}`;
    },

    /** Back from the bank, once per state. @throws {@link PlaidApiError} INSUFFICIENT_CREDENTIALS if the user denied. */
    finishOauth(linkSessionId: string, oauthStateId: string): LinkSuccess | AccountChoice {
      const { token } = openSession(linkSessionId);
      const state = link.findOauthState(oauthStateId);
      if (state === undefined || state.linkSessionId !== linkSessionId) throw plaidError("OAUTH_STATE_ID_NOT_FOUND");
      if (state.status === "processed") throw plaidError("OAUTH_STATE_ID_ALREADY_PROCESSED");
      link.setOauthStatus(oauthStateId, "processed");
      if (state.status !== "allowed") throw plaidError("INSUFFICIENT_CREDENTIALS");
      return afterLogin(linkSessionId, token, bankOf(token, state.institutionId));
    },

    /** Link's own log, as `/link/token/get` shows it. */
    addEvent(linkSessionId: string, name: string, metadata: Record<string, unknown>): void {
      const session = link.findSession(linkSessionId);
      if (session === undefined) return;
      const { timestamp, ...rest } = metadata;
      const known = Object.entries(rest).filter(([key, value]) => EVENT_FIELDS.has(key) && typeof value === "string");
      link.addEvent(
        linkSessionId,
        {
          event_name: name,
          timestamp: typeof timestamp === "string" ? timestamp : new Date(now()).toISOString(),
          event_metadata: Object.fromEntries(known),
        },
        now(),
      );
      // After a success the user still leaves: the second webhook of the session has everything once more, and this.
      if (name === "HANDOFF" && session.finishedAt !== null) sendAbout(session, [eventsSoFar(session)]);
    },

    /** The user left without success. */
    exit(linkSessionId: string, error: unknown, metadata: unknown): void {
      const session = link.findSession(linkSessionId);
      if (session === undefined || !link.finishSession(linkSessionId, { exit: { error, metadata } }, now())) return;
      sendAbout(session, [linkWebhooks.sessionFinished(namesOf(session), null), eventsSoFar(session)]);
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
function canUserRepair(error: PlaidErrorBody, isChoiceWanted: boolean): boolean {
  if (["INSTITUTION_ERROR", "API_ERROR", "RATE_LIMIT_EXCEEDED"].includes(error.error_type)) return false;
  if (error.error_code === "NO_ACCOUNTS") return isChoiceWanted;
  return !["ITEM_NOT_SUPPORTED", "MFA_NOT_SUPPORTED"].includes(error.error_code);
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
