import { Secret } from "@relink/service";
import { Configuration, type CountryCode, PlaidApi, type WebhookEventDeliveryStatus } from "plaid";
import {
  AccountsAnswer,
  InstitutionAnswer,
  type InstitutionHealth,
  ItemAnswer,
  LinkSessionsAnswer,
  LinkTokenAnswer,
  PlainAnswer,
  type PlaidAccount,
  type PlaidItem,
  type PlaidLinkSession,
  type SentWebhook,
  SentWebhooksAnswer,
  TokenAnswer,
} from "./answers.ts";
import { baseUrlOf, type CallSubject, createCaller, type PlaidCallOptions } from "./call.ts";
import { PlaidApiError } from "./plaid-errors.ts";

/** What a session in update mode is to be like. */
export interface UpdateLinkOptions {
  clientName: string;
  language: string;
  countryCodes: readonly string[];
  /** Where a bank's page leads back to. Not for Hosted Link, which sees to that itself. */
  redirectUri: string;
  /** How Plaid is to know the user. No personal data. */
  clientUserId: string;
  /** Lets the user choose which accounts to share. Not for the United Kingdom and the European Union. */
  accountSelection?: boolean | undefined;
  /** A page of Plaid's own instead of Link in ours. */
  hosted?:
    | {
        /** Opened in the end, however the session went: that somebody comes there proves nothing. */
        completionRedirectUri: string;
      }
    | undefined;
}

export interface UpdateLinkToken {
  linkToken: Secret;
  expiresAt: Date;
  requestId: string;
  /** Where Plaid's own page is, if it was asked for. Lives as long as the token, and is as good as it. */
  hostedUrl: string | null;
}

/** Where a list of sent webhooks begins: at a moment of the last 7 days, or where the list before ended. */
export type SentWebhooksStart = { since: Date } | { cursor: string };

export interface PlaidClient {
  /**
   * The truth about an Item. Answers for a broken one too, with its error.
   *
   * @throws {@link PlaidApiError}, for instance ITEM_NOT_FOUND; {@link PlaidUnreachableError}.
   */
  getItem(accessToken: Secret, subject: CallSubject): Promise<PlaidItem>;
  /** The accounts that the user shares. @throws as {@link PlaidClient.getItem}, and if the Item is broken. */
  getAccounts(accessToken: Secret, subject: CallSubject): Promise<PlaidAccount[]>;
  /** @throws as {@link PlaidClient.getItem}; INVALID_PUBLIC_TOKEN if it is older than 30 minutes or was used. */
  exchangePublicToken(publicToken: Secret, subject: CallSubject): Promise<{ accessToken: Secret; plaidItemId: string }>;
  /** Points an Item's webhooks at a URL. @throws as {@link PlaidClient.getItem}. */
  updateWebhook(accessToken: Secret, url: string, subject: CallSubject): Promise<void>;
  /**
   * Ends an Item for good, with its processor tokens and its costs. One that has ended is left as it is.
   *
   * @throws as {@link PlaidClient.getItem}, but not ITEM_NOT_FOUND.
   * @see https://plaid.com/docs/api/items/#itemremove (checked 2026-11-22)
   */
  removeItem(accessToken: Secret, subject: CallSubject): Promise<void>;
  /**
   * A link token for update mode, good for 30 minutes. It names no products: update mode refuses nearly all of them.
   *
   * @throws as {@link PlaidClient.getItem}.
   * @see https://plaid.com/docs/link/update-mode/ and https://plaid.com/docs/link/hosted-link/ (checked 2026-11-22)
   */
  createUpdateLinkToken(
    accessToken: Secret,
    options: UpdateLinkOptions,
    subject: CallSubject,
  ): Promise<UpdateLinkToken>;
  /**
   * The sessions that a link token was used for, up to six hours after their end. Plaid tells all about those of Hosted
   * Link; about others only to clients it has enabled for that.
   *
   * @throws as {@link PlaidClient.getItem}; INVALID_LINK_TOKEN.
   * @see https://plaid.com/docs/api/link/#linktokenget (checked 2026-11-22)
   */
  getLinkSessions(linkToken: Secret, subject: CallSubject): Promise<PlaidLinkSession[]>;
  /**
   * How logins at an institution go. Can lag behind by hours.
   *
   * @param countryCodes - those that this client of Plaid's may use; the institution is found if it serves one of them.
   * Default: US.
   * @throws as {@link PlaidClient.getItem}; INVALID_INSTITUTION.
   * @see https://plaid.com/docs/api/institutions/#institutionsget_by_id (checked 2026-11-22)
   */
  getInstitutionHealth(institutionId: string, countryCodes?: readonly string[]): Promise<InstitutionHealth>;
  /**
   * What webhooks Plaid has sent, oldest first, 50 at a time: those that did not arrive can be made up for. A beta of
   * Plaid's, so a client may be refused it.
   *
   * @param statuses - only those with one of these. Default: all.
   * @returns also `cursor`, from which a later call goes on, even if there is no more now.
   * @throws as {@link PlaidClient.getItem}; WEBHOOK_EVENTS_CURSOR_EXPIRED and WEBHOOK_EVENTS_START_TIME_OUT_OF_RANGE if
   * it would begin more than 7 days ago.
   * @see the types of `/beta/webhook_events/list` in the npm package plaid 47.0.0 (checked 2026-11-22)
   */
  listWebhookEvents(
    start: SentWebhooksStart,
    statuses?: readonly SentWebhook["status"][],
  ): Promise<{ events: SentWebhook[]; hasMore: boolean; cursor: string }>;
}

const MAX_ANSWER_BYTES = 1024 * 1024;
/** Plaid allows 100. Bodies of Link sessions are long, and half of that many surely fit into an answer. */
const SENT_WEBHOOKS_COUNT = 50;

/**
 * The official client, with every call logged, and with errors that can be logged.
 */
export function createPlaidClient(options: PlaidCallOptions): PlaidClient {
  const api = new PlaidApi(
    new Configuration({
      basePath: baseUrlOf(options),
      baseOptions: {
        headers: { "PLAID-CLIENT-ID": options.clientId, "PLAID-SECRET": options.secret.reveal() },
        maxRedirects: 0,
        maxContentLength: MAX_ANSWER_BYTES,
        proxy: false,
      },
    }),
  );

  const call = createCaller(options);

  return {
    async getItem(accessToken, subject) {
      const { item } = await call(
        "/item/get",
        subject,
        {},
        ItemAnswer,
        (limits) => api.itemGet({ access_token: accessToken.reveal() }, limits),
        { itemErrorCode: (answer) => answer.item.error?.code ?? null },
      );
      return item;
    },
    async getAccounts(accessToken, subject) {
      const { accounts } = await call("/accounts/get", subject, {}, AccountsAnswer, (limits) =>
        api.accountsGet({ access_token: accessToken.reveal() }, limits),
      );
      return accounts;
    },
    async exchangePublicToken(publicToken, subject) {
      const answer = await call("/item/public_token/exchange", subject, {}, TokenAnswer, (limits) =>
        api.itemPublicTokenExchange({ public_token: publicToken.reveal() }, limits),
      );
      return { accessToken: new Secret(answer.access_token), plaidItemId: answer.item_id };
    },
    async updateWebhook(accessToken, url, subject) {
      await call("/item/webhook/update", subject, { webhook: url }, PlainAnswer, (limits) =>
        api.itemWebhookUpdate({ access_token: accessToken.reveal(), webhook: url }, limits),
      );
    },
    async removeItem(accessToken, subject) {
      try {
        await call("/item/remove", subject, {}, PlainAnswer, (limits) =>
          api.itemRemove({ access_token: accessToken.reveal() }, limits),
        );
      } catch (error) {
        if (!(error instanceof PlaidApiError && error.errorCode === "ITEM_NOT_FOUND")) throw error;
      }
    },
    async createUpdateLinkToken(accessToken, link, subject) {
      const { hosted } = link;
      const about = {
        language: link.language,
        ...(hosted === undefined && { redirect_uri: link.redirectUri }),
      };
      const answer = await call(
        "/link/token/create",
        subject,
        {
          update_mode: true,
          ...about,
          country_codes: link.countryCodes,
          ...(link.accountSelection && { account_selection: true }),
          // The address it ends at may be one that opens a user's page.
          ...(hosted !== undefined && { hosted_link: true }),
        },
        LinkTokenAnswer,
        (limits) =>
          api.linkTokenCreate(
            {
              ...about,
              access_token: accessToken.reveal(),
              client_name: link.clientName.slice(0, 30),
              country_codes: link.countryCodes as CountryCode[],
              user: { client_user_id: link.clientUserId },
              ...(link.accountSelection && { update: { account_selection_enabled: true } }),
              ...(hosted !== undefined && {
                hosted_link: { completion_redirect_uri: hosted.completionRedirectUri },
              }),
            },
            limits,
          ),
      );
      return {
        linkToken: new Secret(answer.link_token),
        expiresAt: answer.expiration,
        requestId: answer.request_id,
        hostedUrl: answer.hosted_link_url ?? null,
      };
    },
    async getLinkSessions(linkToken, subject) {
      const answer = await call("/link/token/get", subject, {}, LinkSessionsAnswer, (limits) =>
        api.linkTokenGet({ link_token: linkToken.reveal() }, limits),
      );
      return answer.link_sessions ?? [];
    },
    async getInstitutionHealth(institutionId, countryCodes = ["US"]) {
      const about = { institution_id: institutionId, country_codes: countryCodes as CountryCode[] };
      const { health } = await call("/institutions/get_by_id", {}, about, InstitutionAnswer, (limits) =>
        api.institutionsGetById({ ...about, options: { include_status: true } }, limits),
      );
      return health;
    },
    async listWebhookEvents(start, statuses) {
      const from = "since" in start ? { start_time: start.since.toISOString() } : { cursor: start.cursor };
      const about = {
        ...from,
        count: SENT_WEBHOOKS_COUNT,
        ...(statuses !== undefined && {
          delivery_statuses: statuses.map((status) => status.toUpperCase() as WebhookEventDeliveryStatus),
        }),
      };
      const answer = await call("/beta/webhook_events/list", {}, about, SentWebhooksAnswer, (limits) =>
        api.betaWebhookEventsList(about, limits),
      );
      return { events: answer.webhook_events, hasMore: answer.has_more, cursor: answer.next_cursor };
    },
  };
}
