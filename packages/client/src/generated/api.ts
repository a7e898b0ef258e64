// Made by `pnpm --filter @relink/client generate` from what the API says of itself. Not to be edited.
export interface paths {
    "/v1/api-keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description It is refused from the next request on. It cannot be undone: make another one.
         *
         *     Only for the admin key.
         */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/audit-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who changed what
         * @description Every change that was made through the API, newest first. A team's key sees what was done with its keys and to its things, the admin key sees all. Filters add up.
         *
         *     For any key.
         */
        get: operations["listAuditLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List deliveries
         * @description Newest first. Filters add up. A team's key sees those to its own subscriptions.
         *
         *     Needs the scope `deliveries:read`.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a delivery
         * @description One event for one subscription, with every attempt.
         *
         *     Needs the scope `deliveries:read`.
         */
        get: operations["getDelivery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a delivery
         * @description Makes no further attempts. It can still be sent again by hand.
         *
         *     Needs the scope `deliveries:write`.
         */
        post: operations["cancelDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/deliveries/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a delivery again
         * @description Makes an attempt at once: the same webhook-id and the same bytes, signed with the secrets of now. If it succeeds, no further attempts are made. If it fails, the delivery is again what it was, with the attempts that were still to come.
         *
         *     Needs the scope `deliveries:write`.
         */
        post: operations["resendDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/egress-addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List where requests come from
         * @description Addresses and networks for the receivers' firewalls, as whoever runs Relink has set them; empty if they are not fixed. An address proves nothing: check the signature.
         *
         *     For any key.
         */
        get: operations["listEgressAddresses"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/event-types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the types of events
         * @description All of them on one page, each with its JSON Schema and an example. Within a version, fields are only added.
         *
         *     For any key.
         */
        get: operations["listEventTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List events
         * @description What there was to tell, newest first. A receiver that was down can read here what it has missed: with `order=asc` and `created_after`, or by `delivery_status`. Filters add up. A team's key sees what is for all teams or for its own.
         *
         *     Needs the scope `events:read`.
         */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an event
         * @description One event, with what is sent of it.
         *
         *     Needs the scope `events:read`.
         */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of an event
         * @description To whom it was sent, and how that went. A team's key sees those to its own subscriptions.
         *
         *     Needs the scope `deliveries:read`.
         */
        get: operations["listDeliveriesOfEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Items
         * @description Newest first. Filters add up.
         *
         *     Needs the scope `items:read`.
         */
        get: operations["listItems"];
        put?: never;
        /**
         * Register an Item
         * @description Puts an Item under Relink's care: asks Plaid how it is, points its webhooks to Relink, and keeps its access token encrypted. An Item that is known gets the new token and the new user, so sending the same access token again does no harm. A public token works once: if no good answer comes, look whether the Item is listed before you let the user go through Link again.
         *
         *     Needs the scope `items:write`.
         */
        post: operations["registerItem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an Item
         * @description One Item, as Relink knows it now. Plaid is not asked.
         *
         *     Needs the scope `items:read`.
         */
        get: operations["getItem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask Plaid how an Item is
         * @description Asks /item/get now, stores the answer with all that follows from it, and returns the Item. If Plaid does not answer, Relink goes on asking by itself.
         *
         *     Needs the scope `items:write`.
         */
        post: operations["checkItem"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}/mute": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mute an Item
         * @description Nobody is written to about it from now on, also not by mails that are owed already. All else goes on. Repeated, it changes nothing.
         *
         *     Needs the scope `support:write`.
         */
        post: operations["muteItem"];
        /**
         * Unmute an Item
         * @description Its owner may be written to again. A mail that fell due meanwhile is not made up for. Repeated, it changes nothing.
         *
         *     Needs the scope `support:write`.
         */
        delete: operations["unmuteItem"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}/relink-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a link for the user
         * @description The link that Relink would mail, to be shown in your own app to the user whose Item it is. It is good for what is open now (the Item's `episode`), at most 14 days. Each call makes another one; the others stay good.
         *
         *     Needs the scope `items:write`.
         */
        post: operations["createRelinkLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}/support-bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Make a support ticket's text
         * @description What Plaid's support asks for, about the newest episode of an Item or the one that is named: the Item, its bank, what happened when, every request_id and link_session_id, the errors, the last webhook. Text, to be pasted; JSON with `accept: application/json`. It holds no token, no name and no address.
         *
         *     Needs the scope `support:read`.
         */
        get: operations["getItemSupportBundle"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/items/{id}/timeline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an Item's timeline
         * @description Everything that happened to an Item, newest first: webhooks, calls to Plaid with their request_id, breaks, mails, Link sessions with their link_session_id, accounts that were withdrawn, what reconciliation found, and mutes. No entry holds a secret.
         *
         *     Needs the scope `items:read`.
         */
        get: operations["getItemTimeline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read whose key this is
         * @description The team of the key that the request carries, and what the key may do.
         *
         *     For any key.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recoveries/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a recovery
         * @description How far it has come, and when it will be through.
         *
         *     Needs the scope `deliveries:read`.
         */
        get: operations["getRecovery"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/recoveries/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a recovery
         * @description Makes no more deliveries. Those that were given to the workers, some seconds' worth, are still sent.
         *
         *     Needs the scope `deliveries:write`.
         */
        post: operations["cancelRecovery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Find what an identifier belongs to
         * @description Takes a request_id, link_session_id, institution_id, account_id or item_id of Plaid's, and tells what it is and which Item it belongs to. It has to be the whole identifier, in its own case. Newest first.
         *
         *     Needs the scope `support:read`.
         */
        get: operations["search"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/signing-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the public keys
         * @description The keys of `v1a` that are good now, for the receivers' trust lists; oldest first. A receiver never takes a key from a request. A team's key sees those of its own subscriptions.
         *
         *     Needs the scope `subscriptions:read`.
         */
        get: operations["listSigningKeys"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List subscriptions
         * @description Newest first. Filters add up.
         *
         *     Needs the scope `subscriptions:read`.
         */
        get: operations["listSubscriptions"];
        put?: never;
        /**
         * Create a subscription
         * @description A webhook is asked at once whether it wants to be called: it gets a signed `webhook.verification` and answers 2xx with its `data.challenge`, as text or as `{"challenge": …}`. Until it has, its status is `pending_verification` and nothing else is sent to it; `verification` says how it went, and `verify` asks again. Slack is active at once. An address is asked by a mail with a button to press, unless the admin key names it.
         *
         *     Needs the scope `subscriptions:write`.
         */
        post: operations["createSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a subscription
         * @description One subscription, with how its last 24 hours went and what waits for it.
         *
         *     Needs the scope `subscriptions:read`.
         */
        get: operations["getSubscription"];
        put?: never;
        post?: never;
        /**
         * Delete a subscription
         * @description Nothing more is sent to it, and its secrets are deleted. What was still to be sent is cancelled soon after. The log of what was sent is kept as long as any other.
         *
         *     Needs the scope `subscriptions:write`.
         */
        delete: operations["deleteSubscription"];
        options?: never;
        head?: never;
        /**
         * Change a subscription
         * @description What is absent stays as it is; null takes a value away. A new URL of a webhook is asked before it takes the place of the old one, and if it does not answer as it should, nothing is changed. A new address is asked by mail, and nothing else is sent there before it has confirmed. With `verify: false` a new URL takes its place at once and has to be verified later; events until then are not sent to it.
         *
         *     Needs the scope `subscriptions:write`.
         */
        patch: operations["changeSubscription"];
        trace?: never;
    };
    "/v1/subscriptions/{id}/attempts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the attempts for a subscription
         * @description Every request that was made to it, newest first. Filters add up.
         *
         *     Needs the scope `deliveries:read`.
         */
        get: operations["listAttemptsOfSubscription"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deliveries of a subscription
         * @description Newest first. Filters add up.
         *
         *     Needs the scope `deliveries:read`.
         */
        get: operations["listDeliveriesOfSubscription"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/disable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disable a subscription
         * @description Nothing more is sent to it. What is meant for it is recorded and held; what waits already is `pending` for a moment still.
         *
         *     Needs the scope `subscriptions:write`.
         */
        post: operations["disableSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/enable": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Enable a subscription
         * @description Lets a disabled or unverified subscription be sent to. Its receiver gets a signed `webhook.verification` and has to answer first: with the challenge if it never did at this URL, else with any 2xx. What was held stays held: a recovery sends it.
         *
         *     Needs the scope `subscriptions:write`.
         */
        post: operations["enableSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause a subscription
         * @description Nothing is sent to it for now. What is meant for it waits, and is sent when it is resumed.
         *
         *     Needs the scope `subscriptions:write`.
         */
        post: operations["pauseSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/recoveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the recoveries of a subscription
         * @description Newest first.
         *
         *     Needs the scope `deliveries:read`.
         */
        get: operations["listRecoveriesOfSubscription"];
        put?: never;
        /**
         * Send again what was missed
         * @description Makes the deliveries of a time again, with the same webhook-ids and the same bytes, after all that is new and at the subscription's rate limit (100 in a second without one). With `dry_run` it only counts, and answers with a `RecoveryEstimate`. What is still `pending` is not missed, and not among them: it is tried again by itself, or at once if you resend it. One at a time for each subscription.
         *
         *     Needs the scope `deliveries:write`.
         */
        post: operations["createRecovery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume a subscription
         * @description Ends a pause: what has waited is sent.
         *
         *     Needs the scope `subscriptions:write`.
         */
        post: operations["resumeSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/secret/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the signing secret
         * @description Makes new keys for all signature schemes of the subscription, or takes the one that is sent for its scheme. Those before sign beside the new ones until the overlap is over, so that the receiver can change over in its own time. With `overlap_s: 0` only the new one is good from now on: for a secret that others know.
         *
         *     Needs the scope `subscriptions:write`.
         */
        post: operations["rotateSubscriptionSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how the attempts of each day went
         * @description One entry for each day of UTC, also for days without attempts; today is the last.
         *
         *     Needs the scope `deliveries:read`.
         */
        get: operations["getSubscriptionStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test event
         * @description Sends the example of a type of event, with `data.test: true`, whatever the subscription asked for. It is signed and delivered as any other, but only tried once: the delivery says how it went.
         *
         *     Needs the scope `subscriptions:write`.
         */
        post: operations["testSubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/subscriptions/{id}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify a webhook or an address
         * @description Sends the receiver of a webhook a challenge again. One that is `pending_verification` is active once it answers as it should; otherwise nothing changes. An address that has not confirmed yet gets another mail with a button to press, and is active once somebody has pressed it. Slack is not asked.
         *
         *     Needs the scope `subscriptions:write`.
         */
        post: operations["verifySubscription"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/suppressions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List suppressed addresses
         * @description The addresses that are not written to, newest first.
         *
         *     Needs the scope `support:read`.
         */
        get: operations["listSuppressions"];
        put?: never;
        /**
         * Suppress an address
         * @description Nobody is written to at this address from now on. One that is on the list already stays there with its first reason.
         *
         *     Needs the scope `support:write`.
         */
        post: operations["suppressAddress"];
        /**
         * Write to an address again
         * @description Takes an address off the list. Mails that were not sent meanwhile are not made up for; the next one goes out.
         *
         *     Needs the scope `support:write`.
         */
        delete: operations["unsuppressAddress"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/teams": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List teams
         * @description Newest first.
         *
         *     Only for the admin key.
         */
        get: operations["listTeams"];
        put?: never;
        /**
         * Make a team
         * @description A team has keys and subscriptions of its own, and sees those of no other.
         *
         *     Only for the admin key.
         */
        post: operations["createTeam"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/teams/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a team
         * @description One team. A team's own key reads it with `GET /v1/me`.
         *
         *     Only for the admin key.
         */
        get: operations["getTeam"];
        put?: never;
        post?: never;
        /**
         * Delete a team
         * @description Its keys are refused from now on, its subscriptions are deleted, and what was still to be sent to them is cancelled. What was sent stays in the logs until it is old. It cannot be undone.
         *
         *     Only for the admin key.
         */
        delete: operations["deleteTeam"];
        options?: never;
        head?: never;
        /**
         * Rename a team
         * @description Gives a team another name. Its keys and subscriptions stay as they are.
         *
         *     Only for the admin key.
         */
        patch: operations["changeTeam"];
        trace?: never;
    };
    "/v1/teams/{id}/api-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List a team's keys
         * @description Newest first, with those that were revoked or have expired.
         *
         *     Only for the admin key.
         */
        get: operations["listApiKeys"];
        put?: never;
        /**
         * Make a key for a team
         * @description The key is in the answer, and nowhere else: Relink keeps its hash. Give each program a key of its own, with the scopes that it needs.
         *
         *     Only for the admin key.
         */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users
         * @description Newest first.
         *
         *     Needs the scope `users:read`.
         */
        get: operations["listUsers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a user
         * @description One user. Their Items are listed by `GET /v1/items?user_id=…`.
         *
         *     Needs the scope `users:read`.
         */
        get: operations["getUser"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhook-events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the provider's webhooks
         * @description Every webhook that was received and verified, newest first, without its body. Filters add up. Who wants to be told of each subscribes to `webhook.received`.
         *
         *     Needs the scope `events:read`.
         */
        get: operations["listWebhookEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    "delivery.exhausted": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * delivery.exhausted
         * @description The last attempt of a delivery has failed. It is kept, and can be sent again.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["DeliveryExhaustedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "endpoint.disabled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * endpoint.disabled
         * @description Nothing is sent to an endpoint any more. What is meant for it is held.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EndpointDisabledEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "endpoint.failing": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * endpoint.failing
         * @description An endpoint fails again and again. disable_at says when it will be disabled, once that is known.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EndpointFailingEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "endpoint.recovered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * endpoint.recovered
         * @description An endpoint that was told to be failing has answered with 2xx.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["EndpointRecoveredEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "item.account_revoked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * item.account_revoked
         * @description The user withdrew permission for one account. Its Item goes on with the others.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ItemAccountRevokedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "item.degraded": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * item.degraded
         * @description The bank or Plaid has trouble: data may be late or missing, and nobody has to act.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ItemDegradedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "item.error": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * item.error
         * @description An Item has stopped working. error says why, and who_acts whose turn it is.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ItemErrorEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "item.expiring": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * item.expiring
         * @description An Item works, and ends at expires_at unless its user renews it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ItemExpiringEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "item.new_accounts_available": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * item.new_accounts_available
         * @description The bank has accounts that the user could share too.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ItemNewAccountsAvailableEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "item.removed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * item.removed
         * @description An Item is gone at Plaid for good.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ItemRemovedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "item.repaired": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * item.repaired
         * @description An Item works again: whatever was told of it before is over.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ItemRepairedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "item.revoked": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * item.revoked
         * @description The user withdrew permission for an Item. Delete the data that you hold from it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ItemRevokedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "reauth.abandoned": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * reauth.abandoned
         * @description A user left Link before its end.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ReauthAbandonedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "reauth.completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * reauth.completed
         * @description A user went through Link to the end. item.repaired follows once Plaid confirms it.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ReauthCompletedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "reauth.email_sent": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * reauth.email_sent
         * @description A mail went out that asks a user to repair or renew an Item.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ReauthEmailSentEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "reauth.link_opened": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * reauth.link_opened
         * @description A user has opened Link from the page behind their link.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["ReauthLinkOpenedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "recovery.completed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * recovery.completed
         * @description Sending again what an endpoint had missed has come to its end.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["RecoveryCompletedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook.received": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * webhook.received
         * @description A provider's webhook came in and was verified. It is handed on with its secrets taken out.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebhookReceivedEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook.test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * webhook.test
         * @description An example that somebody sent to an endpoint by hand.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebhookTestEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook.verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * webhook.verification
         * @description Asks a new endpoint whether it wants to be called. Answer it with 2xx and its challenge.
         */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": components["schemas"]["WebhookVerificationEvent"];
                };
            };
            responses: never;
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /** @description A key of a team, without what opens anything. */
        ApiKey: {
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            /** @description The last four characters of the key. */
            hint: string;
            id: string;
            /** @description To the minute. */
            last_used_at: string | null;
            name: string;
            revoked_at: string | null;
            scopes: ("items:read" | "items:write" | "users:read" | "support:read" | "support:write" | "subscriptions:read" | "subscriptions:write" | "deliveries:read" | "deliveries:write" | "events:read")[];
            team_id: string;
        };
        /** @description One request, and what came of it. */
        Attempt: {
            /** @description Who asked for it: `admin` or the id of a key. Null if nobody had to. */
            actor: string | null;
            /** @description What to do about the error. Null if there is none. */
            advice: string | null;
            connect_ms: number | null;
            delivery_id: string;
            /** @description What went wrong. */
            detail: string | null;
            dns_ms: number | null;
            error_code: string | null;
            event_id: string;
            event_type: string;
            /** @description From the request to the headers of the answer. */
            first_byte_ms: number | null;
            id: string;
            next_attempt_at: string | null;
            /** @description From 1; also in the header relink-attempt. */
            number: number;
            ok: boolean;
            /** @description For the admin key only: it may name addresses inside the network. Null for any other. */
            operator: {
                error_detail: string | null;
                resolved_address: string | null;
            } | null;
            /** @description How long it waited here after it was due. */
            queued_ms: number;
            request_bytes: number;
            /** @description Null if no answer came. */
            response: {
                /** @description The first 16 KiB. */
                body: string | null;
                /** @description A few of them. */
                headers: {
                    [key: string]: string;
                };
                status: number;
                truncated: boolean;
            } | null;
            /** @description What the receiver asked for. */
            retry_after_s: number | null;
            reused_connection: boolean;
            /** Format: date-time */
            scheduled_for: string;
            /** @description What it was signed with. */
            signature_key_ids: string[];
            /** Format: date-time */
            started_at: string;
            subscription_id: string;
            tls_ms: number | null;
            total_ms: number;
            trigger: string;
            /** @description As used, with the values of its query masked. */
            url: string | null;
        };
        /** @description One change, and who made it. */
        AuditEntry: {
            /** @description What was done. */
            action: string;
            /** @description `admin`, the id of the key that it was done with, or `mail_link` for a link in a mail: the one that asks an address, or the one at the end of a team's mails. */
            actor: string;
            /** Format: date-time */
            at: string;
            id: string;
            /** @description Also in the log of the API. */
            request_id: string | null;
            /** @description What it was done to: its id, or the address that is suppressed. */
            resource: string;
            /** @description Whose thing was changed; null if no team's. */
            team_id: string | null;
        };
        ChangedSubscription: {
            /** @description For mail. */
            address: string | null;
            /** @description The shape of the events that it gets. */
            api_version: string;
            /** Format: date-time */
            created_at: string;
            description: string | null;
            /** @description When a failing one will be disabled if nothing changes. Null while that is not settled. */
            disable_scheduled_at: string | null;
            disabled_at: string | null;
            disabled_reason: ("consecutive_failures" | "gone" | "receiver_request" | "manual" | "target_forbidden") | null;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types: string[];
            /** @description An event has to pass every list that is not empty. One without the attribute does not pass. */
            filter: {
                environments: string[];
                error_codes: string[];
                institution_ids: string[];
                products: string[];
                who_acts: string[];
            };
            /** @description What is sent along, without the values. */
            headers: {
                [key: string]: "***";
            };
            health: {
                /** @description The first of them. */
                failing_since: string | null;
                /** @description Failed attempts since the last success. */
                failures: number;
                /** @description It asked for a rest: nothing is sent before. */
                throttled_until: string | null;
            };
            id: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            /** @description How its receiver answered when it was asked last, at this URL or one that was to be; null if it never was. */
            last_verification: components["schemas"]["LastVerification"] | null;
            /** @description Requests at the same time, at most. */
            max_concurrency: number;
            /** @description Whatever you want to keep with it. */
            metadata: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact: string | null;
            /** @description Requests in a second, at most. Null for no limit. */
            rate_limit: number | null;
            /** @description Seconds to wait after each failure. Null for the default: ten attempts in about three days. */
            retry_schedule: number[] | null;
            /** @description `whsec_…`: what signatures of `v1` are made with. Shown this once. Null if there is none to be known. */
            secret: string | null;
            /** @description `v1`: HMAC-SHA256 with a secret that both sides hold. `v1a`: Ed25519, of which you get the public key. */
            signature_schemes: ("v1" | "v1a")[];
            /** @description What signs at the moment, newest first. */
            signing_keys: components["schemas"]["SigningKey"][];
            /** @description Where a bot posts; null if Slack is reached by a URL. */
            slack_channel: string | null;
            /**
             * @description `pending_verification`: it has not said yet that it wants to be told, and gets nothing. `active`: all is well. `failing`: it is sent to, and its owner was told. `disabled`: what is meant for it is held. `paused`: what is meant for it waits.
             * @enum {string}
             */
            status: "pending_verification" | "active" | "failing" | "disabled" | "paused";
            /** @description True if what was not delivered yet of how an Item stands is dropped for something newer. */
            supersede: boolean;
            team_id: string;
            /** Format: date-time */
            updated_at: string;
            /** @description Of a webhook. Of Slack, its secret part is left out. */
            url: string | null;
            /** @description What came of asking the receiver; null if it was not asked. An address is asked by mail. */
            verification: components["schemas"]["Verification"] | null;
            /** @description When it last proved that it wants to be told, at this URL or address. */
            verified_at: string | null;
            /** @description Counts the changes by people and programs, not those of its health. */
            version: number;
        };
        CreatedSubscription: {
            /** @description For mail. */
            address: string | null;
            /** @description The shape of the events that it gets. */
            api_version: string;
            /** Format: date-time */
            created_at: string;
            description: string | null;
            /** @description When a failing one will be disabled if nothing changes. Null while that is not settled. */
            disable_scheduled_at: string | null;
            disabled_at: string | null;
            disabled_reason: ("consecutive_failures" | "gone" | "receiver_request" | "manual" | "target_forbidden") | null;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types: string[];
            /** @description An event has to pass every list that is not empty. One without the attribute does not pass. */
            filter: {
                environments: string[];
                error_codes: string[];
                institution_ids: string[];
                products: string[];
                who_acts: string[];
            };
            /** @description What is sent along, without the values. */
            headers: {
                [key: string]: "***";
            };
            health: {
                /** @description The first of them. */
                failing_since: string | null;
                /** @description Failed attempts since the last success. */
                failures: number;
                /** @description It asked for a rest: nothing is sent before. */
                throttled_until: string | null;
            };
            id: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            /** @description How its receiver answered when it was asked last, at this URL or one that was to be; null if it never was. */
            last_verification: components["schemas"]["LastVerification"] | null;
            /** @description Requests at the same time, at most. */
            max_concurrency: number;
            /** @description Whatever you want to keep with it. */
            metadata: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact: string | null;
            /** @description Requests in a second, at most. Null for no limit. */
            rate_limit: number | null;
            /** @description Seconds to wait after each failure. Null for the default: ten attempts in about three days. */
            retry_schedule: number[] | null;
            /** @description `whsec_…`: what signatures of `v1` are made with. Shown this once. Null if there is none to be known. */
            secret: string | null;
            /** @description `v1`: HMAC-SHA256 with a secret that both sides hold. `v1a`: Ed25519, of which you get the public key. */
            signature_schemes: ("v1" | "v1a")[];
            /** @description What signs at the moment, newest first. */
            signing_keys: components["schemas"]["SigningKey"][];
            /** @description Where a bot posts; null if Slack is reached by a URL. */
            slack_channel: string | null;
            /**
             * @description `pending_verification`: it has not said yet that it wants to be told, and gets nothing. `active`: all is well. `failing`: it is sent to, and its owner was told. `disabled`: what is meant for it is held. `paused`: what is meant for it waits.
             * @enum {string}
             */
            status: "pending_verification" | "active" | "failing" | "disabled" | "paused";
            /** @description True if what was not delivered yet of how an Item stands is dropped for something newer. */
            supersede: boolean;
            team_id: string;
            /** Format: date-time */
            updated_at: string;
            /** @description Of a webhook. Of Slack, its secret part is left out. */
            url: string | null;
            /** @description What came of asking the receiver; null if it was not asked. An address is asked by mail. */
            verification: components["schemas"]["Verification"] | null;
            /** @description When it last proved that it wants to be told, at this URL or address. */
            verified_at: string | null;
            /** @description Counts the changes by people and programs, not those of its health. */
            version: number;
        };
        /** @description One event for one subscription. */
        Delivery: {
            /** @description Who asked for it: `admin` or the id of a key. Null if nobody had to. */
            actor: string | null;
            /** @description What to do about the error. Null if there is none. */
            advice: string | null;
            /** @description Made so far, of any kind. Slack and mail tell many events in one message, which is an attempt of the newest of them. */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            event_id: string;
            event_type: string;
            id: string;
            last_attempt_at: string | null;
            /** @description Null after a success, and before the first attempt. */
            last_error_code: string | null;
            /** @description Of the last answer. Null if none came. */
            last_status: number | null;
            /** @description Not before that. Null if none is due. */
            next_attempt_at: string | null;
            /** @description The recovery that made it again. */
            recovery_id: string | null;
            /** @description When it was over. */
            settled_at: string | null;
            /**
             * @description `pending`: waits for an attempt. `in_flight`: is being sent. `delivered`. `exhausted`: no attempt is left. `aborted`: the receiver wants no more attempts. `held`: the subscription is disabled. `cancelled`: taken back. `superseded`: a newer event made it obsolete.
             * @enum {string}
             */
            status: "pending" | "in_flight" | "delivered" | "exhausted" | "aborted" | "held" | "cancelled" | "superseded";
            subscription_id: string;
            /**
             * @description Why it was made: `initial`, `schedule` (a retry), `manual` (somebody pressed resend), `bulk_replay` (a recovery), `resume`, `test`.
             * @enum {string}
             */
            trigger: "initial" | "schedule" | "manual" | "bulk_replay" | "resume" | "test";
        };
        /** @description The last attempt of a delivery has failed. It is kept, and can be sent again. */
        DeliveryExhaustedEvent: {
            api_version: string;
            data: {
                attempts: number;
                delivery_id: string;
                event_id: string;
                event_type: string;
                last_error_code: string | null;
                last_status: number | null;
                subscription_id: string;
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "delivery.exhausted";
        };
        DeliveryWithAttempts: {
            /** @description Who asked for it: `admin` or the id of a key. Null if nobody had to. */
            actor: string | null;
            /** @description What to do about the error. Null if there is none. */
            advice: string | null;
            attempt_log: components["schemas"]["Attempt"][];
            /** @description Made so far, of any kind. Slack and mail tell many events in one message, which is an attempt of the newest of them. */
            attempts: number;
            /** Format: date-time */
            created_at: string;
            event_id: string;
            event_type: string;
            id: string;
            last_attempt_at: string | null;
            /** @description Null after a success, and before the first attempt. */
            last_error_code: string | null;
            /** @description Of the last answer. Null if none came. */
            last_status: number | null;
            /** @description Not before that. Null if none is due. */
            next_attempt_at: string | null;
            /** @description The recovery that made it again. */
            recovery_id: string | null;
            /** @description When it was over. */
            settled_at: string | null;
            /**
             * @description `pending`: waits for an attempt. `in_flight`: is being sent. `delivered`. `exhausted`: no attempt is left. `aborted`: the receiver wants no more attempts. `held`: the subscription is disabled. `cancelled`: taken back. `superseded`: a newer event made it obsolete.
             * @enum {string}
             */
            status: "pending" | "in_flight" | "delivered" | "exhausted" | "aborted" | "held" | "cancelled" | "superseded";
            subscription_id: string;
            /**
             * @description Why it was made: `initial`, `schedule` (a retry), `manual` (somebody pressed resend), `bulk_replay` (a recovery), `resume`, `test`.
             * @enum {string}
             */
            trigger: "initial" | "schedule" | "manual" | "bulk_replay" | "resume" | "test";
        };
        EgressAddresses: {
            data: string[];
        };
        /** @description Nothing is sent to an endpoint any more. What is meant for it is held. */
        EndpointDisabledEvent: {
            api_version: string;
            data: {
                reason: string;
                /** @enum {string} */
                status: "pending_verification" | "active" | "failing" | "disabled" | "paused";
                subscription_id: string;
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "endpoint.disabled";
        };
        /** @description An endpoint fails again and again. disable_at says when it will be disabled, once that is known. */
        EndpointFailingEvent: {
            api_version: string;
            data: {
                /** @description When it will be disabled; null while that is not settled. */
                disable_at: string | null;
                failing_since: string | null;
                /** @enum {string} */
                status: "pending_verification" | "active" | "failing" | "disabled" | "paused";
                subscription_id: string;
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "endpoint.failing";
        };
        /** @description An endpoint that was told to be failing has answered with 2xx. */
        EndpointRecoveredEvent: {
            api_version: string;
            data: {
                /** @enum {string} */
                status: "pending_verification" | "active" | "failing" | "disabled" | "paused";
                subscription_id: string;
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "endpoint.recovered";
        };
        /** @description What there was to tell. */
        Event: {
            /** Format: date-time */
            created_at: string;
            environment: ("sandbox" | "production") | null;
            error_code: string | null;
            /** @description The same as the header webhook-id. */
            id: string;
            institution_id: string | null;
            item_id: string | null;
            /** @description How many subscriptions wanted it, of all teams. Null for the key of a team. */
            matched: number | null;
            /** Format: date-time */
            occurred_at: string;
            /** @description What is sent: see `GET /v1/event-types`. */
            payload: {
                [key: string]: unknown;
            };
            /** @description Counts the events of the Item. */
            sequence: number | null;
            /** @description The only team that can see it. Null if all can. */
            team_id: string | null;
            /** @description True if somebody sent it by hand. */
            test: boolean;
            type: string;
            who_acts: string | null;
        };
        /** @description An event has to pass every list that is given and not empty. One without the attribute does not pass: a filter by error code leaves out what has none. `item.repaired` has the code and the actor of the break that it ends, and `reauth.*` those of the break that it is about: who hears of a break hears of its end. Codes, banks and products are not looked up: one that there is not matches nothing. */
        EventFilter: {
            environments?: ("sandbox" | "production")[];
            /** @description Plaid's error codes. */
            error_codes?: string[];
            /** @description Plaid's ids of banks. */
            institution_ids?: string[];
            /** @description Plaid's products; one that the Item has is enough. */
            products?: string[];
            /** @description Whose turn it is. */
            who_acts?: ("user" | "operator" | "nobody")[];
        };
        EventType: {
            /**
             * @description `teams`: what happens to Items. `operators`: what happens to deliveries; `*` leaves it out. `endpoint`: sent to one receiver because somebody asked for it.
             * @enum {string}
             */
            audience: "teams" | "operators" | "endpoint";
            can_subscribe: boolean;
            description: string;
            example: {
                [key: string]: unknown;
            };
            /** @description JSON Schema (draft 2020-12) of what is sent. */
            schema: {
                [key: string]: unknown;
            };
            type: string;
        };
        /** @description A connection to a bank, and how it is. */
        Item: {
            /** @description The accounts that something is known about. */
            accounts: {
                account_id: string;
                mask: string | null;
                name: string | null;
                /** @description When the user withdrew it. The others go on working. */
                revoked_at: string | null;
            }[];
            /** @description When the user's consent ends, as Plaid said last. Null if Plaid names no date. */
            consent_expires_at: string | null;
            /** Format: date-time */
            created_at: string;
            /** @description The newer Item of the same user at the same bank that has put this one out. */
            displaced_by: string | null;
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description What is open: from its first sign until it is done. */
            episode: {
                /** @enum {string} */
                cause: "broken" | "expiring" | "new_accounts";
                /** @description When /item/get first bore it out. */
                confirmed_at: string | null;
                id: string;
                /** Format: date-time */
                opened_at: string;
            } | null;
            id: string;
            institution: {
                id: string;
                name: string | null;
            } | null;
            /** @description How the owner is written to. */
            mails: {
                /** @description Since when nobody is written to about this Item. */
                muted_at: string | null;
                /** @description Why no mail would go out: the mute, no address, or why the address is suppressed. */
                obstacle: ("muted" | "no_address" | "bounced" | "complained" | "manual") | null;
                /** @description The mail that is meant for how the Item is; null where none can help. */
                template: ("login_required" | "bank_action_required" | "expiring" | "needs_new_item" | "revoked" | "new_accounts" | "connected_again") | null;
            };
            plaid_item_id: string;
            status: {
                /** @description True if Plaid's /item/get has said so since the last webhook; false while that is being asked. */
                confirmed: boolean;
                error: {
                    /** @description Plaid's error_code. An open set: expect new ones. */
                    code: string;
                    /** @description Plaid's error_code_reason. */
                    reason: string | null;
                    /** @description Plaid's error_type. */
                    type: string;
                } | null;
                /** @description While it is `expiring`: when it ends unless the user acts. */
                expires_at: string | null;
                /** @description CONSENT, INSTITUTION_MIGRATION or INSTITUTION_TOKEN_EXPIRATION. An open set. */
                expiry_reason: string | null;
                /** @description What is the matter, in words for product teams and support. */
                explanation: string;
                /** @enum {string} */
                kind: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /** @description What whoever must act has to do. */
                next_step: string;
                /** Format: date-time */
                since: string;
                /**
                 * @description Whose turn it is.
                 * @enum {string}
                 */
                who_acts: "user" | "operator" | "nobody";
            };
            /** Format: date-time */
            updated_at: string;
            user: {
                external_id: string;
                id: string;
            };
            /** @description As `user.id`. */
            user_id: string;
        };
        /** @description The user withdrew permission for one account. Its Item goes on with the others. */
        ItemAccountRevokedEvent: {
            api_version: string;
            data: {
                account_id: string | null;
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "item.account_revoked";
        };
        /** @description The bank or Plaid has trouble: data may be late or missing, and nobody has to act. */
        ItemDegradedEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                error: {
                    /** @description Plaid's error_code. An open set. */
                    code: string;
                    /** @description Plaid's error_code_reason, given for OAuth connections only. */
                    reason: string | null;
                    /** @description Plaid's error_type. */
                    type: string;
                };
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "item.degraded";
        };
        /** @description An Item has stopped working. error says why, and who_acts whose turn it is. */
        ItemErrorEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                error: {
                    /** @description Plaid's error_code. An open set. */
                    code: string;
                    /** @description Plaid's error_code_reason, given for OAuth connections only. */
                    reason: string | null;
                    /** @description Plaid's error_type. */
                    type: string;
                };
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "item.error";
        };
        /** @description An Item works, and ends at expires_at unless its user renews it. */
        ItemExpiringEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                /**
                 * Format: date-time
                 * @description ISO 8601, in UTC.
                 */
                expires_at: string;
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                reason: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "item.expiring";
        };
        /** @description The bank has accounts that the user could share too. */
        ItemNewAccountsAvailableEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "item.new_accounts_available";
        };
        /** @description An Item is gone at Plaid for good. */
        ItemRemovedEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "item.removed";
        };
        /** @description An Item works again: whatever was told of it before is over. */
        ItemRepairedEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @enum {string} */
                previous_state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description `own_link`: the user went through the link that Relink mailed or made. `elsewhere`: any other way.
                 * @enum {string}
                 */
                repair_path: "own_link" | "elsewhere";
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "item.repaired";
        };
        /** @description The user withdrew permission for an Item. Delete the data that you hold from it. */
        ItemRevokedEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                error: {
                    /** @description Plaid's error_code. An open set. */
                    code: string;
                    /** @description Plaid's error_code_reason, given for OAuth connections only. */
                    reason: string | null;
                    /** @description Plaid's error_type. */
                    type: string;
                };
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "item.revoked";
        };
        LastVerification: {
            /** @description What to do about it. */
            advice: string | null;
            /**
             * Format: date-time
             * @description When it was asked.
             */
            at: string;
            connect_ms: number | null;
            /** @description What went wrong, for people. */
            detail: string | null;
            dns_ms: number | null;
            error_code: ("HTTP_STATUS" | "REDIRECT" | "RATE_LIMITED" | "GONE" | "TIMEOUT_CONNECT" | "TIMEOUT_TOTAL" | "DNS_NOT_FOUND" | "DNS_FAILED" | "CONNECTION_REFUSED" | "CONNECTION_RESET" | "NETWORK_UNREACHABLE" | "TLS_EXPIRED" | "TLS_SELF_SIGNED" | "TLS_HOSTNAME_MISMATCH" | "TLS_OTHER" | "TARGET_FORBIDDEN" | "RESPONSE_INVALID" | "MESSAGE_REFUSED" | "EGRESS_UNAVAILABLE" | "INTERNAL" | "CHALLENGE_MISMATCH") | null;
            /** @description From the request to the headers of the answer. */
            first_byte_ms: number | null;
            ok: boolean;
            /** @description Of the answer; null if none came. */
            status: number | null;
            tls_ms: number | null;
            total_ms: number;
            /** @description Where. */
            url: string;
        };
        MadeApiKey: {
            /** Format: date-time */
            created_at: string;
            expires_at: string | null;
            /** @description The last four characters of the key. */
            hint: string;
            id: string;
            /** @description The key itself. It is shown this once, and kept nowhere. */
            key: string;
            /** @description To the minute. */
            last_used_at: string | null;
            name: string;
            revoked_at: string | null;
            scopes: ("items:read" | "items:write" | "users:read" | "support:read" | "support:write" | "subscriptions:read" | "subscriptions:write" | "deliveries:read" | "deliveries:write" | "events:read")[];
            team_id: string;
        };
        /** @description Whose key a request carries. */
        Me: {
            /** @description Null for the admin key. */
            key: components["schemas"]["ApiKey"] | null;
            /**
             * @description `admin`: the key of whoever runs Relink.
             * @enum {string}
             */
            kind: "admin" | "team";
            /** @description What the key may do. The admin key has all of them. */
            scopes: ("items:read" | "items:write" | "users:read" | "support:read" | "support:write" | "subscriptions:read" | "subscriptions:write" | "deliveries:read" | "deliveries:write" | "events:read")[];
            /** @description Whose key it is; null for the admin key. */
            team: components["schemas"]["Team"] | null;
        };
        NewApiKey: {
            /**
             * Format: date-time
             * @description When it stops. Default: never.
             * @example 2027-11-21T00:00:00Z
             */
            expires_at?: string;
            /**
             * @description To know it by: which program has it.
             * @example billing-service
             */
            name: string;
            /** @description What it may do. Give it what it needs and no more. */
            scopes: ("items:read" | "items:write" | "users:read" | "support:read" | "support:write" | "subscriptions:read" | "subscriptions:write" | "deliveries:read" | "deliveries:write" | "events:read")[];
        };
        /** @description An Item to be cared for: exactly one of the two tokens, and whose it is. */
        NewItem: {
            /** @description Of an Item that you have already. */
            access_token?: string;
            /** @description From Link, at most 30 minutes old. It is used up by this. */
            public_token?: string;
            user: components["schemas"]["NewUser"];
        } & (unknown | unknown);
        NewRecovery: {
            /**
             * @description Only counts. Default: false.
             * @default false
             */
            dry_run?: boolean;
            /**
             * @description Of the last attempt.
             * @enum {string}
             */
            error_code?: "HTTP_STATUS" | "REDIRECT" | "RATE_LIMITED" | "GONE" | "TIMEOUT_CONNECT" | "TIMEOUT_TOTAL" | "DNS_NOT_FOUND" | "DNS_FAILED" | "CONNECTION_REFUSED" | "CONNECTION_RESET" | "NETWORK_UNREACHABLE" | "TLS_EXPIRED" | "TLS_SELF_SIGNED" | "TLS_HOSTNAME_MISMATCH" | "TLS_OTHER" | "TARGET_FORBIDDEN" | "RESPONSE_INVALID" | "MESSAGE_REFUSED" | "EGRESS_UNAVAILABLE" | "INTERNAL";
            /** @description Types or families of events. Default: all. */
            event_types?: string[];
            /**
             * @description Also events that the subscription wants as it is now and that were never meant for it: from before it was made or verified. Default: false.
             * @default false
             */
            include_unattempted?: boolean;
            /**
             * Format: date-time
             * @description Deliveries made from then on.
             */
            since: string;
            /**
             * @description Which deliveries. Default: all that are held, exhausted or aborted.
             * @default [
             *       "held",
             *       "exhausted",
             *       "aborted"
             *     ]
             */
            statuses?: ("held" | "exhausted" | "aborted" | "cancelled" | "superseded" | "delivered")[];
            /**
             * Format: date-time
             * @description Deliveries made before that. Default, and at the latest: now, when it is asked for.
             */
            until?: string;
        };
        NewSubscription: {
            description?: string | null;
            /**
             * @description False makes it disabled: what is meant for it is held. Default: true.
             * @default true
             */
            enabled?: boolean;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types: string[];
            filter?: components["schemas"]["EventFilter"];
            /**
             * @description Up to 10 headers to send along, as a gateway may want them. They are stored encrypted and never shown.
             * @example {
             *       "authorization": "Bearer gateway-token"
             *     }
             */
            headers?: {
                [key: string]: string;
            };
            /** @constant */
            kind: "webhook";
            /** @description Default: 5. */
            max_concurrency?: number;
            /** @description Up to 20 texts of your own. */
            metadata?: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact?: string | null;
            /** @description Requests in a second. Default: no limit. */
            rate_limit?: number | null;
            /**
             * @description Seconds to wait after each failure: 1 to 20 of them, each from a second to 48 hours, 7 days in all. Null for the default: ten attempts in about three days.
             * @example [
             *       5,
             *       300,
             *       1800,
             *       7200
             *     ]
             */
            retry_schedule?: number[] | null;
            /** @description `whsec_…` or `whsk_…`, to bring along one that your receiver knows already. */
            secret?: string;
            /**
             * @description Default: `v1`.
             * @default [
             *       "v1"
             *     ]
             */
            signature_schemes?: ("v1" | "v1a")[];
            /** @description Of the events that say how an Item stands, send only the newest: one that was not delivered yet is dropped for a newer one. Default: false. */
            supersede?: boolean;
            /** @description Whose it is. Only for the admin key, which must name it. */
            team_id?: string;
            /** @description Where events are posted to, over https. */
            url: string;
            /**
             * @description False leaves it unverified until `verify` or `enable` is called. Default: true.
             * @default true
             */
            verify?: boolean;
        } | ({
            description?: string | null;
            /**
             * @description False makes it disabled: what is meant for it is held. Default: true.
             * @default true
             */
            enabled?: boolean;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types: string[];
            filter?: components["schemas"]["EventFilter"];
            /** @constant */
            kind: "slack";
            /** @description Up to 20 texts of your own. */
            metadata?: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact?: string | null;
            slack?: components["schemas"]["SlackBot"];
            /** @description Of the events that say how an Item stands, send only the newest: one that was not delivered yet is dropped for a newer one. Default: false. */
            supersede?: boolean;
            /** @description Whose it is. Only for the admin key, which must name it. */
            team_id?: string;
            /** @description An incoming webhook, as Slack shows it. It is stored encrypted. */
            url?: string;
        } & (unknown | unknown)) | {
            address: string;
            description?: string | null;
            /**
             * @description False makes it disabled: what is meant for it is held. Default: true.
             * @default true
             */
            enabled?: boolean;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types: string[];
            filter?: components["schemas"]["EventFilter"];
            /** @constant */
            kind: "email";
            /** @description Up to 20 texts of your own. */
            metadata?: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact?: string | null;
            /** @description Of the events that say how an Item stands, send only the newest: one that was not delivered yet is dropped for a newer one. Default: false. */
            supersede?: boolean;
            /** @description Whose it is. Only for the admin key, which must name it. */
            team_id?: string;
        };
        NewSuppression: {
            address: string;
            /**
             * @description Why. Default: manual.
             * @default manual
             * @enum {string}
             */
            reason?: "complained" | "manual";
        };
        /** @description Whose Item it is. A user that is known is brought up to date. */
        NewUser: {
            /** @description Where the mails go that bring the user back. One plain address; null for nobody to be written to. */
            email: string | null;
            /** @description Your own id of the user. It never changes. */
            external_id: string;
            /** @description A language tag of BCP 47. Default: English. */
            locale?: string | null;
            /** @description For the greeting in mails. */
            name?: string | null;
            /** @description A time zone of the IANA database. */
            time_zone?: string | null;
        };
        /** @description Problem details, as in RFC 9457. */
        Problem: {
            /**
             * @description The kind once more, to match on.
             * @enum {string}
             */
            code: "malformed-request" | "key-in-query" | "unauthorized" | "forbidden" | "not-found" | "method-not-allowed" | "nothing-to-repair" | "subscription-disabled" | "subscription-paused" | "verification-required" | "address-refused" | "already-delivered" | "delivery-in-flight" | "nothing-to-cancel" | "recovery-in-progress" | "too-many-secrets" | "limit-reached" | "name-taken" | "idempotency-in-flight" | "precondition-failed" | "payload-too-large" | "unsupported-media-type" | "validation-failed" | "url-not-allowed" | "idempotency-conflict" | "plaid-refused" | "rate-limited" | "asked-recently" | "internal-error" | "plaid-error" | "plaid-unavailable" | "unavailable";
            /** @description About this occurrence, for people. It may change. */
            detail: string;
            errors?: {
                /**
                 * @description What is wrong, to match on. `required`: it is missing. `unknown`: there is no such field or parameter. `type`: it is no text, no whole number, … `format`: it is not written as it should be. `too_short`, `too_long`: a text. `too_small`, `too_large`: a number. `too_few`, `too_many`: a list. `not_allowed`: another value, or none, is. `repeated`: once is enough. `invalid`: the detail says it.
                 * @enum {string}
                 */
                code: "required" | "unknown" | "type" | "format" | "too_short" | "too_long" | "too_small" | "too_large" | "too_few" | "too_many" | "not_allowed" | "repeated" | "invalid";
                /** @description The same for people. It may change. */
                detail: string;
                /**
                 * @description Which query parameter.
                 * @example limit
                 */
                parameter?: string;
                /**
                 * @description Where in the body, as a JSON pointer (RFC 6901) in a URI fragment.
                 * @example #/user/email
                 */
                pointer?: string;
            }[];
            /** @description The path that was asked for. */
            instance: string;
            plaid?: {
                error_code: string;
                error_type: string;
                /** @description What Plaid's support asks for. */
                request_id: string | null;
            };
            /**
             * Format: uuid
             * @description Also in the header x-request-id, and in the log.
             */
            request_id: string;
            /** @description True if the same request may succeed later. */
            retryable: boolean;
            status: number;
            title: string;
            /** @description Names the kind, and leads to the page that explains it. */
            type: string;
        };
        PublishedKey: {
            /** Format: date-time */
            created_at: string;
            /** @description An old key signs beside the newest until then. Null for the newest. */
            expires_at: string | null;
            id: string;
            public_key: string | null;
            /** @enum {string} */
            scheme: "v1" | "v1a";
            subscription_id: string;
        };
        /** @description A user left Link before its end. */
        ReauthAbandonedEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                /** @description False if the user closed Link without having tried anything. */
                has_tried: boolean;
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "reauth.abandoned";
        };
        /** @description A user went through Link to the end. item.repaired follows once Plaid confirms it. */
        ReauthCompletedEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "reauth.completed";
        };
        /** @description A mail went out that asks a user to repair or renew an Item. */
        ReauthEmailSentEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /** @description 0 is the first mail about a break; 1 and on are its reminders. */
                step: number;
                template: string;
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "reauth.email_sent";
        };
        /** @description A user has opened Link from the page behind their link. */
        ReauthLinkOpenedEvent: {
            api_version: string;
            data: {
                /** @description The same for all events of one break: two alarms with one episode are one problem. */
                episode_id: string | null;
                institution_id: string | null;
                item_id: string;
                plaid_item_id: string;
                /** @description Counts this Item's events. Ignore one whose sequence is lower than one you have seen. */
                sequence: number;
                /**
                 * @description The Item's status after this event.
                 * @enum {string}
                 */
                state: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                /** @description Where the API tells all that happened to the Item. */
                timeline: string;
                user_id: string;
                /** @enum {string} */
                who_acts: "user" | "operator" | "nobody";
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "reauth.link_opened";
        };
        /** @description Many deliveries that are made again. */
        Recovery: {
            /** @description Who asked for it: `admin` or the id of a key. */
            actor: string;
            /** Format: date-time */
            created_at: string;
            error_code: string | null;
            /** @description When it will be through, at the pace of its endpoint. Null if it is over. */
            eta: string | null;
            event_types: string[] | null;
            /** @description How many of these were attempted without success so far. They are tried again as any other. */
            failed: number;
            finished_at: string | null;
            id: string;
            include_unattempted: boolean;
            /** @description How many have been given to the workers. */
            processed: number;
            /** Format: date-time */
            since: string;
            started_at: string | null;
            /**
             * @description `failed`: the subscription was disabled or deleted before its end.
             * @enum {string}
             */
            status: "queued" | "running" | "completed" | "cancelled" | "failed";
            statuses: string[];
            subscription_id: string;
            /** @description How many of these are delivered. */
            succeeded: number;
            team_id: string;
            /** @description How many deliveries there were to be made when it was asked for. */
            total: number;
            /**
             * Format: date-time
             * @description Fixed when the recovery was asked for.
             */
            until: string;
        };
        /** @description Sending again what an endpoint had missed has come to its end. */
        RecoveryCompletedEvent: {
            api_version: string;
            data: {
                processed: number;
                recovery_id: string;
                subscription_id: string;
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                total: number;
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "recovery.completed";
        };
        /** @description What a recovery would do. Nothing was changed. */
        RecoveryEstimate: {
            /** @constant */
            dry_run: true;
            /** @description At the rate limit of the subscription. */
            estimated_seconds: number;
            /** Format: date-time */
            since: string;
            total: number;
            /** Format: date-time */
            until: string;
        };
        RelinkLink: {
            /** Format: date-time */
            expires_at: string;
            /**
             * Format: uri
             * @description Opens Relink's page for what is open. Whoever has it may repair the connection.
             */
            url: string;
        };
        Resend: {
            /**
             * @description Also if it was delivered. Default: false.
             * @default false
             */
            force?: boolean;
        };
        /** @description One thing that the text identifies. */
        SearchHit: {
            /** Format: date-time */
            at: string;
            /** @description What is known about it besides; which fields there are depends on `found`. */
            details: {
                episode_id?: string;
                error_code?: string | null;
                error_type?: string | null;
                http_status?: number | null;
                item_error_code?: string | null;
                link_session_id?: string | null;
                method?: string | null;
                mode?: string | null;
                outcome?: string | null;
                request_id?: string | null;
                revoked_at?: string | null;
                webhook_code?: string | null;
                webhook_type?: string | null;
            };
            /**
             * @description What it identifies. `parked_webhook`: Plaid speaks of an Item that is not registered here.
             * @enum {string}
             */
            found: "api_call" | "link_session" | "account" | "item" | "parked_webhook";
            /**
             * @description What the text is.
             * @enum {string}
             */
            identifier: "request_id" | "link_session_id" | "institution_id" | "account_id" | "item_id";
            /** @description The Item that it belongs to; null if it belongs to none that is registered. */
            item: {
                /** @enum {string} */
                environment: "sandbox" | "production";
                id: string;
                institution: {
                    id: string;
                    name: string | null;
                } | null;
                plaid_item_id: string;
                /** @enum {string} */
                status: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                user_id: string;
            } | null;
        };
        SecretRotation: {
            /**
             * @description For how many seconds old secrets sign as well, at most. Default: a day.
             * @default 86400
             */
            overlap_s?: number;
            /** @description `whsec_…` or `whsk_…`, to bring along one that your receiver knows already. */
            secret?: string;
        };
        SentTest: {
            delivery_id: string;
            event_id: string;
            type: string;
        };
        SigningKey: {
            /** Format: date-time */
            created_at: string;
            /** @description An old key signs beside the newest until then. Null for the newest. */
            expires_at: string | null;
            id: string;
            /** @description `whpk_…`, for `v1a`. Null for `v1`, whose secret both sides hold. */
            public_key: string | null;
            /** @enum {string} */
            scheme: "v1" | "v1a";
        };
        /** @description A bot can change what it has posted, so one message tells a whole outage. */
        SlackBot: {
            /** @description Needs the scope `chat:write`. It is stored encrypted and never shown. */
            bot_token: string;
            /** @description Its id, such as `C024BE91L`, or `#name`. */
            channel: string;
        };
        /** @description Where a team wants to hear of events. */
        Subscription: {
            /** @description For mail. */
            address: string | null;
            /** @description The shape of the events that it gets. */
            api_version: string;
            /** Format: date-time */
            created_at: string;
            description: string | null;
            /** @description When a failing one will be disabled if nothing changes. Null while that is not settled. */
            disable_scheduled_at: string | null;
            disabled_at: string | null;
            disabled_reason: ("consecutive_failures" | "gone" | "receiver_request" | "manual" | "target_forbidden") | null;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types: string[];
            /** @description An event has to pass every list that is not empty. One without the attribute does not pass. */
            filter: {
                environments: string[];
                error_codes: string[];
                institution_ids: string[];
                products: string[];
                who_acts: string[];
            };
            /** @description What is sent along, without the values. */
            headers: {
                [key: string]: "***";
            };
            health: {
                /** @description The first of them. */
                failing_since: string | null;
                /** @description Failed attempts since the last success. */
                failures: number;
                /** @description It asked for a rest: nothing is sent before. */
                throttled_until: string | null;
            };
            id: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            /** @description How its receiver answered when it was asked last, at this URL or one that was to be; null if it never was. */
            last_verification: components["schemas"]["LastVerification"] | null;
            /** @description Requests at the same time, at most. */
            max_concurrency: number;
            /** @description Whatever you want to keep with it. */
            metadata: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact: string | null;
            /** @description Requests in a second, at most. Null for no limit. */
            rate_limit: number | null;
            /** @description Seconds to wait after each failure. Null for the default: ten attempts in about three days. */
            retry_schedule: number[] | null;
            /** @description `v1`: HMAC-SHA256 with a secret that both sides hold. `v1a`: Ed25519, of which you get the public key. */
            signature_schemes: ("v1" | "v1a")[];
            /** @description What signs at the moment, newest first. */
            signing_keys: components["schemas"]["SigningKey"][];
            /** @description Where a bot posts; null if Slack is reached by a URL. */
            slack_channel: string | null;
            /**
             * @description `pending_verification`: it has not said yet that it wants to be told, and gets nothing. `active`: all is well. `failing`: it is sent to, and its owner was told. `disabled`: what is meant for it is held. `paused`: what is meant for it waits.
             * @enum {string}
             */
            status: "pending_verification" | "active" | "failing" | "disabled" | "paused";
            /** @description True if what was not delivered yet of how an Item stands is dropped for something newer. */
            supersede: boolean;
            team_id: string;
            /** Format: date-time */
            updated_at: string;
            /** @description Of a webhook. Of Slack, its secret part is left out. */
            url: string | null;
            /** @description When it last proved that it wants to be told, at this URL or address. */
            verified_at: string | null;
            /** @description Counts the changes by people and programs, not those of its health. */
            version: number;
        };
        /** @description What is absent stays as it is. */
        SubscriptionChanges: {
            address?: string;
            description?: string | null;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types?: string[];
            /** @description Takes the place of the whole filter. */
            filter?: components["schemas"]["EventFilter"];
            /**
             * @description Takes the place of all headers. They are taken away when a new URL is at another host and they are not sent along.
             * @example {
             *       "authorization": "Bearer gateway-token"
             *     }
             */
            headers?: {
                [key: string]: string;
            };
            /** @description Default: 5. */
            max_concurrency?: number;
            /** @description Takes the place of all of it. */
            metadata?: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact?: string | null;
            /** @description Requests in a second. Default: no limit. */
            rate_limit?: number | null;
            /**
             * @description Seconds to wait after each failure: 1 to 20 of them, each from a second to 48 hours, 7 days in all. Null for the default: ten attempts in about three days.
             * @example [
             *       5,
             *       300,
             *       1800,
             *       7200
             *     ]
             */
            retry_schedule?: number[] | null;
            /** @description Takes the place of all schemes. One that is new gets a key of its own; one that is left out stops signing at once, so add the new one first, and leave the old one out when your receiver has changed over. A new URL in the same request is still asked with the keys of before. */
            signature_schemes?: ("v1" | "v1a")[];
            slack?: components["schemas"]["SlackBot"];
            /** @description Of the events that say how an Item stands, send only the newest: one that was not delivered yet is dropped for a newer one. Default: false. */
            supersede?: boolean;
            /** @description Of a webhook: verified before it takes the place of the old one. Of Slack: an incoming webhook. */
            url?: string;
            /**
             * @description False leaves it unverified until `verify` or `enable` is called. Default: true.
             * @default true
             */
            verify?: boolean;
        };
        /** @description How the attempts of each day went, oldest first. */
        SubscriptionHistory: {
            days: {
                attempts: number;
                /**
                 * Format: date
                 * @description Of UTC.
                 */
                day: string;
                /** @description Of first attempts alone, so that the retries of one event do not count many times. */
                first_attempt_success_rate: number | null;
                /** @description Half of the attempts took no longer, from DNS to the end of the answer. */
                p50_ms: number | null;
                /** @description 95 of 100 attempts took no longer. */
                p95_ms: number | null;
                succeeded: number;
                /** @description Of all attempts. Null if there were none. */
                success_rate: number | null;
            }[];
        };
        /** @description How the last 24 hours went, and what waits now. */
        SubscriptionStats: {
            attempts: number;
            /** @description Of first attempts alone, so that the retries of one event do not count many times. */
            first_attempt_success_rate: number | null;
            /** @description Deliveries that were held; 10000 means as many or more. */
            held: number;
            /** @description Half of the attempts took no longer, from DNS to the end of the answer. */
            p50_ms: number | null;
            /** @description 95 of 100 attempts took no longer. */
            p95_ms: number | null;
            /** @description Deliveries that wait for an attempt; 10000 means as many or more. */
            pending: number;
            /** Format: date-time */
            since: string;
            succeeded: number;
            /** @description Of all attempts. Null if there were none. */
            success_rate: number | null;
        };
        SubscriptionWithSecret: {
            /** @description For mail. */
            address: string | null;
            /** @description The shape of the events that it gets. */
            api_version: string;
            /** Format: date-time */
            created_at: string;
            description: string | null;
            /** @description When a failing one will be disabled if nothing changes. Null while that is not settled. */
            disable_scheduled_at: string | null;
            disabled_at: string | null;
            disabled_reason: ("consecutive_failures" | "gone" | "receiver_request" | "manual" | "target_forbidden") | null;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types: string[];
            /** @description An event has to pass every list that is not empty. One without the attribute does not pass. */
            filter: {
                environments: string[];
                error_codes: string[];
                institution_ids: string[];
                products: string[];
                who_acts: string[];
            };
            /** @description What is sent along, without the values. */
            headers: {
                [key: string]: "***";
            };
            health: {
                /** @description The first of them. */
                failing_since: string | null;
                /** @description Failed attempts since the last success. */
                failures: number;
                /** @description It asked for a rest: nothing is sent before. */
                throttled_until: string | null;
            };
            id: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            /** @description How its receiver answered when it was asked last, at this URL or one that was to be; null if it never was. */
            last_verification: components["schemas"]["LastVerification"] | null;
            /** @description Requests at the same time, at most. */
            max_concurrency: number;
            /** @description Whatever you want to keep with it. */
            metadata: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact: string | null;
            /** @description Requests in a second, at most. Null for no limit. */
            rate_limit: number | null;
            /** @description Seconds to wait after each failure. Null for the default: ten attempts in about three days. */
            retry_schedule: number[] | null;
            /** @description `whsec_…`: what signatures of `v1` are made with. Shown this once. Null if there is none to be known. */
            secret: string | null;
            /** @description `v1`: HMAC-SHA256 with a secret that both sides hold. `v1a`: Ed25519, of which you get the public key. */
            signature_schemes: ("v1" | "v1a")[];
            /** @description What signs at the moment, newest first. */
            signing_keys: components["schemas"]["SigningKey"][];
            /** @description Where a bot posts; null if Slack is reached by a URL. */
            slack_channel: string | null;
            /**
             * @description `pending_verification`: it has not said yet that it wants to be told, and gets nothing. `active`: all is well. `failing`: it is sent to, and its owner was told. `disabled`: what is meant for it is held. `paused`: what is meant for it waits.
             * @enum {string}
             */
            status: "pending_verification" | "active" | "failing" | "disabled" | "paused";
            /** @description True if what was not delivered yet of how an Item stands is dropped for something newer. */
            supersede: boolean;
            team_id: string;
            /** Format: date-time */
            updated_at: string;
            /** @description Of a webhook. Of Slack, its secret part is left out. */
            url: string | null;
            /** @description When it last proved that it wants to be told, at this URL or address. */
            verified_at: string | null;
            /** @description Counts the changes by people and programs, not those of its health. */
            version: number;
        };
        SubscriptionWithStats: {
            /** @description For mail. */
            address: string | null;
            /** @description The shape of the events that it gets. */
            api_version: string;
            /** Format: date-time */
            created_at: string;
            description: string | null;
            /** @description When a failing one will be disabled if nothing changes. Null while that is not settled. */
            disable_scheduled_at: string | null;
            disabled_at: string | null;
            disabled_reason: ("consecutive_failures" | "gone" | "receiver_request" | "manual" | "target_forbidden") | null;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types: string[];
            /** @description An event has to pass every list that is not empty. One without the attribute does not pass. */
            filter: {
                environments: string[];
                error_codes: string[];
                institution_ids: string[];
                products: string[];
                who_acts: string[];
            };
            /** @description What is sent along, without the values. */
            headers: {
                [key: string]: "***";
            };
            health: {
                /** @description The first of them. */
                failing_since: string | null;
                /** @description Failed attempts since the last success. */
                failures: number;
                /** @description It asked for a rest: nothing is sent before. */
                throttled_until: string | null;
            };
            id: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            /** @description How its receiver answered when it was asked last, at this URL or one that was to be; null if it never was. */
            last_verification: components["schemas"]["LastVerification"] | null;
            /** @description Requests at the same time, at most. */
            max_concurrency: number;
            /** @description Whatever you want to keep with it. */
            metadata: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact: string | null;
            /** @description Requests in a second, at most. Null for no limit. */
            rate_limit: number | null;
            /** @description Seconds to wait after each failure. Null for the default: ten attempts in about three days. */
            retry_schedule: number[] | null;
            /** @description `v1`: HMAC-SHA256 with a secret that both sides hold. `v1a`: Ed25519, of which you get the public key. */
            signature_schemes: ("v1" | "v1a")[];
            /** @description What signs at the moment, newest first. */
            signing_keys: components["schemas"]["SigningKey"][];
            /** @description Where a bot posts; null if Slack is reached by a URL. */
            slack_channel: string | null;
            stats: components["schemas"]["SubscriptionStats"];
            /**
             * @description `pending_verification`: it has not said yet that it wants to be told, and gets nothing. `active`: all is well. `failing`: it is sent to, and its owner was told. `disabled`: what is meant for it is held. `paused`: what is meant for it waits.
             * @enum {string}
             */
            status: "pending_verification" | "active" | "failing" | "disabled" | "paused";
            /** @description True if what was not delivered yet of how an Item stands is dropped for something newer. */
            supersede: boolean;
            team_id: string;
            /** Format: date-time */
            updated_at: string;
            /** @description Of a webhook. Of Slack, its secret part is left out. */
            url: string | null;
            /** @description When it last proved that it wants to be told, at this URL or address. */
            verified_at: string | null;
            /** @description Counts the changes by people and programs, not those of its health. */
            version: number;
        };
        SubscriptionWithVerification: {
            /** @description For mail. */
            address: string | null;
            /** @description The shape of the events that it gets. */
            api_version: string;
            /** Format: date-time */
            created_at: string;
            description: string | null;
            /** @description When a failing one will be disabled if nothing changes. Null while that is not settled. */
            disable_scheduled_at: string | null;
            disabled_at: string | null;
            disabled_reason: ("consecutive_failures" | "gone" | "receiver_request" | "manual" | "target_forbidden") | null;
            /** @description Types of events, families such as `item.*`, or `*`. */
            event_types: string[];
            /** @description An event has to pass every list that is not empty. One without the attribute does not pass. */
            filter: {
                environments: string[];
                error_codes: string[];
                institution_ids: string[];
                products: string[];
                who_acts: string[];
            };
            /** @description What is sent along, without the values. */
            headers: {
                [key: string]: "***";
            };
            health: {
                /** @description The first of them. */
                failing_since: string | null;
                /** @description Failed attempts since the last success. */
                failures: number;
                /** @description It asked for a rest: nothing is sent before. */
                throttled_until: string | null;
            };
            id: string;
            /** @enum {string} */
            kind: "webhook" | "slack" | "email";
            /** @description How its receiver answered when it was asked last, at this URL or one that was to be; null if it never was. */
            last_verification: components["schemas"]["LastVerification"] | null;
            /** @description Requests at the same time, at most. */
            max_concurrency: number;
            /** @description Whatever you want to keep with it. */
            metadata: {
                [key: string]: string;
            };
            /** @description Who is told by mail when it fails. */
            owner_contact: string | null;
            /** @description Requests in a second, at most. Null for no limit. */
            rate_limit: number | null;
            /** @description Seconds to wait after each failure. Null for the default: ten attempts in about three days. */
            retry_schedule: number[] | null;
            /** @description `v1`: HMAC-SHA256 with a secret that both sides hold. `v1a`: Ed25519, of which you get the public key. */
            signature_schemes: ("v1" | "v1a")[];
            /** @description What signs at the moment, newest first. */
            signing_keys: components["schemas"]["SigningKey"][];
            /** @description Where a bot posts; null if Slack is reached by a URL. */
            slack_channel: string | null;
            /**
             * @description `pending_verification`: it has not said yet that it wants to be told, and gets nothing. `active`: all is well. `failing`: it is sent to, and its owner was told. `disabled`: what is meant for it is held. `paused`: what is meant for it waits.
             * @enum {string}
             */
            status: "pending_verification" | "active" | "failing" | "disabled" | "paused";
            /** @description True if what was not delivered yet of how an Item stands is dropped for something newer. */
            supersede: boolean;
            team_id: string;
            /** Format: date-time */
            updated_at: string;
            /** @description Of a webhook. Of Slack, its secret part is left out. */
            url: string | null;
            /** @description What came of asking the receiver; null if it was not asked. An address is asked by mail. */
            verification: components["schemas"]["Verification"] | null;
            /** @description When it last proved that it wants to be told, at this URL or address. */
            verified_at: string | null;
            /** @description Counts the changes by people and programs, not those of its health. */
            version: number;
        };
        /** @description What a support ticket at Plaid asks for. No token, no name, no address. */
        SupportBundle: {
            accounts: {
                account_id: string;
                revoked_at: string | null;
            }[];
            counts: {
                api_calls: number;
                failed_api_calls: number;
                link_sessions: number;
                mails_sent: number;
                webhooks: number;
            };
            /** @description Null for an Item that never had one; then the bundle is about the last day. */
            episode: {
                /** @enum {string} */
                cause: "broken" | "expiring" | "new_accounts";
                close_reason: string | null;
                closed_at: string | null;
                confirmed_at: string | null;
                error_code: string | null;
                error_type: string | null;
                id: string;
                /** Format: date-time */
                opened_at: string;
            } | null;
            /** @description True if only the newest entries are here. */
            is_cut: boolean;
            item: {
                /** @description As Plaid was told. */
                client_user_id: string;
                consent_expires_at: string | null;
                /** Format: date-time */
                created_at: string;
                /** @enum {string} */
                environment: "sandbox" | "production";
                error: {
                    /** @description Plaid's error_code. An open set: expect new ones. */
                    code: string;
                    /** @description Plaid's error_code_reason. */
                    reason: string | null;
                    /** @description Plaid's error_type. */
                    type: string;
                } | null;
                explanation: string;
                id: string;
                institution: {
                    id: string;
                    name: string | null;
                } | null;
                /** @description As /item/get said last. */
                last_webhook_sent_at: string | null;
                plaid_item_id: string;
                /** @enum {string} */
                status: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                /** Format: date-time */
                status_since: string;
            };
            last_webhook: {
                error_code: string | null;
                /** Format: date-time */
                received_at: string;
                webhook_code: string | null;
                webhook_type: string | null;
            } | null;
            link_session_ids: string[];
            /** Format: date-time */
            made_at: string;
            requests: {
                /** Format: date-time */
                at: string;
                error_code: string | null;
                request_id: string;
                source: string;
            }[];
            /**
             * Format: date-time
             * @description An hour before the episode.
             */
            since: string;
            /** @description The oldest first. */
            timeline: components["schemas"]["TimelineEntry"][];
            /**
             * Format: date-time
             * @description An hour after it, or now.
             */
            until: string;
        };
        SuppressedAddress: {
            address: string;
        };
        /** @description An address that is not written to. */
        Suppression: {
            /** @description In lower case. */
            address: string;
            /** Format: date-time */
            created_at: string;
            /**
             * @description `bounced`: its mail server says that there is no such mailbox. `complained`: its owner does not want our mails. `manual`: somebody put it here.
             * @enum {string}
             */
            reason: "bounced" | "complained" | "manual";
        };
        /** @description A product team: whoever subscribes to events. */
        Team: {
            /** Format: date-time */
            created_at: string;
            id: string;
            name: string;
        };
        TeamChange: {
            /**
             * @description Of one team only.
             * @example Payments
             */
            name: string;
        };
        TestEvent: {
            /**
             * @description Default: `webhook.test`.
             * @default webhook.test
             * @enum {string}
             */
            type?: "item.error" | "item.repaired" | "item.expiring" | "item.revoked" | "item.account_revoked" | "item.new_accounts_available" | "item.degraded" | "item.removed" | "reauth.email_sent" | "reauth.link_opened" | "reauth.completed" | "reauth.abandoned" | "webhook.received" | "webhook.test" | "endpoint.failing" | "endpoint.disabled" | "endpoint.recovered" | "delivery.exhausted" | "recovery.completed";
        };
        /** @description One thing that happened to an Item. Fit for a support ticket. */
        TimelineEntry: {
            /** Format: date-time */
            at: string;
            error_code: string | null;
            /** @constant */
            kind: "webhook_received";
            outcome: ("applied" | "no_change" | "stored") | null;
            plaid_item_id: string | null;
            processed_at: string | null;
            /**
             * Format: date-time
             * @description When Plaid signed it.
             */
            signed_at: string;
            webhook_code: string | null;
            webhook_type: string | null;
        } | {
            /** @description Without tokens and personal data. */
            arguments: {
                [key: string]: unknown;
            };
            /** Format: date-time */
            at: string;
            duration_ms: number;
            error_code: string | null;
            error_type: string | null;
            /** @description Null if no answer came. */
            http_status: number | null;
            /** @description What a good answer said is wrong with the Item. */
            item_error_code: string | null;
            /** @constant */
            kind: "api_call";
            /** @description The path at Plaid. */
            method: string;
            /** @description What Plaid's support asks for. */
            request_id: string | null;
        } | {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            cause: "broken" | "expiring" | "new_accounts";
            episode_id: string;
            error_code: string | null;
            error_type: string | null;
            /** @constant */
            kind: "episode_opened";
        } | {
            /** Format: date-time */
            at: string;
            episode_id: string;
            /** @constant */
            kind: "episode_confirmed";
        } | {
            /** Format: date-time */
            at: string;
            episode_id: string;
            /** @constant */
            kind: "episode_closed";
            reason: string;
            seconds_open: number;
        } | {
            /** Format: date-time */
            at: string;
            attempts: number;
            /** Format: date-time */
            due_at: string;
            episode_id: string;
            /** @constant */
            kind: "email";
            message_id: string | null;
            problem: string | null;
            /** @enum {string} */
            state: "owed" | "held" | "transmitting" | "sent" | "failed" | "unknown" | "cancelled";
            /** @description 0 is the first mail of the episode, 1 and on are its reminders, 100 says that all is well again. */
            step: number;
            template: string | null;
        } | {
            /** Format: date-time */
            at: string;
            episode_id: string;
            finished_at: string | null;
            /** @constant */
            kind: "link_session_started";
            link_session_id: string | null;
            /** @enum {string} */
            mode: "embedded" | "hosted";
            outcome: string | null;
            request_id: string | null;
        } | {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            callback: "success" | "exit" | "event";
            error_code: string | null;
            error_type: string | null;
            event_name: string | null;
            exit_status: string | null;
            institution_id: string | null;
            /** @constant */
            kind: "link_callback";
            link_session_id: string | null;
            request_id: string | null;
            view_name: string | null;
        } | {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            callback: "success" | "exit" | "event";
            error_code: string | null;
            error_type: string | null;
            event_name: string | null;
            exit_status: string | null;
            institution_id: string | null;
            /** @constant */
            kind: "link_event";
            link_session_id: string | null;
            request_id: string | null;
            view_name: string | null;
        } | {
            /** Format: date-time */
            at: string;
            /** @constant */
            found_by: "reconciliation";
            /** @constant */
            kind: "status_corrected";
            /** @description Plaid's last webhook about the Item, if it never came here. */
            missed_webhook_code: string | null;
            /** @enum {string} */
            status_after: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
            /** @enum {string} */
            status_before: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
        } | {
            account_id: string;
            /** Format: date-time */
            at: string;
            /** @constant */
            kind: "account_revoked";
        } | {
            /** Format: date-time */
            at: string;
            delivered: number;
            event_id: string;
            /** @constant */
            kind: "event_published";
            sequence: number | null;
            /** @description How many wanted it. */
            subscriptions: number;
            type: string;
            /** @description Deliveries that wait, are being made, or are held. */
            under_way: number;
        } | {
            /** Format: date-time */
            at: string;
            /** @constant */
            kind: "muted";
        } | {
            /** Format: date-time */
            at: string;
            /** @constant */
            kind: "unmuted";
        };
        User: {
            /** Format: date-time */
            created_at: string;
            email: string | null;
            external_id: string;
            id: string;
            locale: string | null;
            name: string | null;
            time_zone: string | null;
            /** Format: date-time */
            updated_at: string;
        };
        Verification: {
            /** @description What to do about it. */
            advice: string | null;
            /** @description What went wrong, for people. */
            detail: string | null;
            error_code: ("HTTP_STATUS" | "REDIRECT" | "RATE_LIMITED" | "GONE" | "TIMEOUT_CONNECT" | "TIMEOUT_TOTAL" | "DNS_NOT_FOUND" | "DNS_FAILED" | "CONNECTION_REFUSED" | "CONNECTION_RESET" | "NETWORK_UNREACHABLE" | "TLS_EXPIRED" | "TLS_SELF_SIGNED" | "TLS_HOSTNAME_MISMATCH" | "TLS_OTHER" | "TARGET_FORBIDDEN" | "RESPONSE_INVALID" | "MESSAGE_REFUSED" | "EGRESS_UNAVAILABLE" | "INTERNAL" | "CHALLENGE_MISMATCH") | null;
            ok: boolean;
            /** @description Of the answer; null if none came. */
            status: number | null;
        };
        /** @description A provider's webhook that was verified. Its body is not shown. */
        WebhookEvent: {
            /** @enum {string} */
            environment: "sandbox" | "production";
            error_code: string | null;
            id: string;
            /** @description Null if the Item is not registered here. */
            item_id: string | null;
            /** @description Which of the provider's keys signed it. */
            key_id: string;
            /** @description What it did. */
            outcome: ("applied" | "no_change" | "stored") | null;
            /** @description Since when it waits for a person, or for its Item. */
            parked_at: string | null;
            parked_reason: string | null;
            plaid_item_id: string | null;
            processed_at: string | null;
            /** @constant */
            provider: "plaid";
            /** Format: date-time */
            received_at: string;
            /**
             * Format: date-time
             * @description When the provider signed it.
             */
            signed_at: string;
            webhook_code: string | null;
            /** @description Null until it is processed; so are the next four. */
            webhook_type: string | null;
        };
        /** @description A provider's webhook came in and was verified. It is handed on with its secrets taken out. */
        WebhookReceivedEvent: {
            api_version: string;
            data: {
                error_code: string | null;
                item_id: string | null;
                plaid_item_id: string | null;
                /** @constant */
                provider: "plaid";
                /**
                 * Format: date-time
                 * @description ISO 8601, in UTC.
                 */
                received_at: string;
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
                webhook_code: string | null;
                webhook_id: string;
                webhook_type: string | null;
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "webhook.received";
        };
        /** @description An example that somebody sent to an endpoint by hand. */
        WebhookTestEvent: {
            api_version: string;
            data: {
                message: string;
                subscription_id: string;
                /**
                 * @description There if somebody sent it by hand.
                 * @constant
                 */
                test?: true;
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "webhook.test";
        };
        /** @description Asks a new endpoint whether it wants to be called. Answer it with 2xx and its challenge. */
        WebhookVerificationEvent: {
            api_version: string;
            data: {
                /** @description Answer with 2xx and this text, or JSON {"challenge": …}. */
                challenge: string;
                subscription_id: string;
            };
            /** @enum {string} */
            environment: "sandbox" | "production";
            /** @description The same as the header webhook-id, in every attempt, resend and replay. */
            id: string;
            /**
             * Format: date-time
             * @description When it happened, not when it was sent.
             */
            timestamp: string;
            /** @constant */
            type: "webhook.verification";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key opens nothing any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    listAuditLog: {
        parameters: {
            query?: {
                /** @description What was done. */
                action?: string;
                /** @description `admin`, or the id of a key. */
                actor?: string;
                /** @description Not older than that. */
                created_after?: string;
                /** @description Older than that. */
                created_before?: string;
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description Of time. Default: the newest first. */
                order?: "asc" | "desc";
                /** @description The id of what it was done to. */
                resource?: string;
                team_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the log. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["AuditEntry"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Not older than that. */
                created_after?: string;
                /** @description Older than that. */
                created_before?: string;
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description Of the last attempt. */
                error_code?: "HTTP_STATUS" | "REDIRECT" | "RATE_LIMITED" | "GONE" | "TIMEOUT_CONNECT" | "TIMEOUT_TOTAL" | "DNS_NOT_FOUND" | "DNS_FAILED" | "CONNECTION_REFUSED" | "CONNECTION_RESET" | "NETWORK_UNREACHABLE" | "TLS_EXPIRED" | "TLS_SELF_SIGNED" | "TLS_HOSTNAME_MISMATCH" | "TLS_OTHER" | "TARGET_FORBIDDEN" | "RESPONSE_INVALID" | "MESSAGE_REFUSED" | "EGRESS_UNAVAILABLE" | "INTERNAL";
                event_id?: string;
                event_type?: "item.error" | "item.repaired" | "item.expiring" | "item.revoked" | "item.account_revoked" | "item.new_accounts_available" | "item.degraded" | "item.removed" | "reauth.email_sent" | "reauth.link_opened" | "reauth.completed" | "reauth.abandoned" | "webhook.received" | "webhook.verification" | "webhook.test" | "endpoint.failing" | "endpoint.disabled" | "endpoint.recovered" | "delivery.exhausted" | "recovery.completed";
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description Of time. Default: the newest first. */
                order?: "asc" | "desc";
                status?: "pending" | "in_flight" | "delivered" | "exhausted" | "aborted" | "held" | "cancelled" | "superseded";
                /** @description Of the last attempt's answer; `none` where none came. */
                status_class?: "2xx" | "3xx" | "4xx" | "5xx" | "none";
                subscription_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Delivery"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    getDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryWithAttempts"];
                };
            };
        };
    };
    cancelDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The delivery, as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
        };
    };
    resendDelivery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Resend"];
            };
        };
        responses: {
            /** @description The attempt is due. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
        };
    };
    listEgressAddresses: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The addresses. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EgressAddresses"];
                };
            };
        };
    };
    listEventTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The catalogue. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["EventType"][];
                    };
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description Not older than that. */
                created_after?: string;
                /** @description Older than that. */
                created_before?: string;
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description Of events with such a delivery, to a subscription of the team. */
                delivery_status?: "pending" | "in_flight" | "delivered" | "exhausted" | "aborted" | "held" | "cancelled" | "superseded";
                item_id?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description Of time. Default: the newest first. */
                order?: "asc" | "desc";
                type?: "item.error" | "item.repaired" | "item.expiring" | "item.revoked" | "item.account_revoked" | "item.new_accounts_available" | "item.degraded" | "item.removed" | "reauth.email_sent" | "reauth.link_opened" | "reauth.completed" | "reauth.abandoned" | "webhook.received" | "webhook.verification" | "webhook.test" | "endpoint.failing" | "endpoint.disabled" | "endpoint.recovered" | "delivery.exhausted" | "recovery.completed";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Event"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Event"];
                };
            };
        };
    };
    listDeliveriesOfEvent: {
        parameters: {
            query?: {
                /** @description Not older than that. */
                created_after?: string;
                /** @description Older than that. */
                created_before?: string;
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description Of the last attempt. */
                error_code?: "HTTP_STATUS" | "REDIRECT" | "RATE_LIMITED" | "GONE" | "TIMEOUT_CONNECT" | "TIMEOUT_TOTAL" | "DNS_NOT_FOUND" | "DNS_FAILED" | "CONNECTION_REFUSED" | "CONNECTION_RESET" | "NETWORK_UNREACHABLE" | "TLS_EXPIRED" | "TLS_SELF_SIGNED" | "TLS_HOSTNAME_MISMATCH" | "TLS_OTHER" | "TARGET_FORBIDDEN" | "RESPONSE_INVALID" | "MESSAGE_REFUSED" | "EGRESS_UNAVAILABLE" | "INTERNAL";
                event_type?: "item.error" | "item.repaired" | "item.expiring" | "item.revoked" | "item.account_revoked" | "item.new_accounts_available" | "item.degraded" | "item.removed" | "reauth.email_sent" | "reauth.link_opened" | "reauth.completed" | "reauth.abandoned" | "webhook.received" | "webhook.verification" | "webhook.test" | "endpoint.failing" | "endpoint.disabled" | "endpoint.recovered" | "delivery.exhausted" | "recovery.completed";
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description Of time. Default: the newest first. */
                order?: "asc" | "desc";
                status?: "pending" | "in_flight" | "delivered" | "exhausted" | "aborted" | "held" | "cancelled" | "superseded";
                /** @description Of the last attempt's answer; `none` where none came. */
                status_class?: "2xx" | "3xx" | "4xx" | "5xx" | "none";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Delivery"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    listItems: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description Plaid's id of the bank. */
                institution_id?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description The kind of status. */
                status?: "healthy" | "expiring" | "login_required" | "bank_action_required" | "degraded" | "needs_new_item" | "needs_developer" | "revoked" | "removed";
                user_external_id?: string;
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of Items. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Item"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    registerItem: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewItem"];
            };
        };
        responses: {
            /** @description The Item was known and is up to date. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Item"];
                };
            };
            /** @description The Item is new. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Item"];
                };
            };
        };
    };
    getItem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The Item. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Item"];
                };
            };
        };
    };
    checkItem: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The Item, as Plaid says it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Item"];
                };
            };
        };
    };
    muteItem: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The Item, muted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Item"];
                };
            };
        };
    };
    unmuteItem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The Item, not muted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Item"];
                };
            };
        };
    };
    createRelinkLink: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RelinkLink"];
                };
            };
        };
    };
    getItemSupportBundle: {
        parameters: {
            query?: {
                /** @description Of this Item. Default: the newest. */
                episode_id?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bundle. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupportBundle"];
                    "text/plain": string;
                };
            };
        };
    };
    getItemTimeline: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the timeline. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["TimelineEntry"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whose key it is. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
        };
    };
    getRecovery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The recovery. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovery"];
                };
            };
        };
    };
    cancelRecovery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The recovery, as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovery"];
                };
            };
        };
    };
    search: {
        parameters: {
            query: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description The identifier. */
                q: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of what was found; an empty one if nothing was. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["SearchHit"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    listSigningKeys: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["PublishedKey"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    listSubscriptions: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                kind?: "webhook" | "slack" | "email";
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description As in the subscription. */
                status?: "pending_verification" | "active" | "failing" | "disabled" | "paused";
                /** @description Of this team only. A key of a team sees its own in any case. */
                team_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of subscriptions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Subscription"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    createSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSubscription"];
            };
        };
        responses: {
            /** @description The subscription, with its secret. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedSubscription"];
                };
            };
        };
    };
    getSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description An `etag` of before: if nothing has changed since, the answer is 304 without a body. */
                "if-none-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionWithStats"];
                };
            };
            /** @description It is as If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    deleteSubscription: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    changeSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `etag` of what you have read: if somebody has changed it since, nothing is done. */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubscriptionChanges"];
            };
        };
        responses: {
            /** @description The subscription, as it is now; with a secret, if `v1` is new to it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChangedSubscription"];
                };
            };
        };
    };
    listAttemptsOfSubscription: {
        parameters: {
            query?: {
                /** @description Not older than that. */
                created_after?: string;
                /** @description Older than that. */
                created_before?: string;
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                error_code?: "HTTP_STATUS" | "REDIRECT" | "RATE_LIMITED" | "GONE" | "TIMEOUT_CONNECT" | "TIMEOUT_TOTAL" | "DNS_NOT_FOUND" | "DNS_FAILED" | "CONNECTION_REFUSED" | "CONNECTION_RESET" | "NETWORK_UNREACHABLE" | "TLS_EXPIRED" | "TLS_SELF_SIGNED" | "TLS_HOSTNAME_MISMATCH" | "TLS_OTHER" | "TARGET_FORBIDDEN" | "RESPONSE_INVALID" | "MESSAGE_REFUSED" | "EGRESS_UNAVAILABLE" | "INTERNAL";
                event_type?: "item.error" | "item.repaired" | "item.expiring" | "item.revoked" | "item.account_revoked" | "item.new_accounts_available" | "item.degraded" | "item.removed" | "reauth.email_sent" | "reauth.link_opened" | "reauth.completed" | "reauth.abandoned" | "webhook.received" | "webhook.verification" | "webhook.test" | "endpoint.failing" | "endpoint.disabled" | "endpoint.recovered" | "delivery.exhausted" | "recovery.completed";
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description Whether it succeeded. */
                ok?: "true" | "false";
                /** @description Of time. Default: the newest first. */
                order?: "asc" | "desc";
                /** @description Of the answer; `none` where none came. */
                status_class?: "2xx" | "3xx" | "4xx" | "5xx" | "none";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of attempts. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Attempt"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    listDeliveriesOfSubscription: {
        parameters: {
            query?: {
                /** @description Not older than that. */
                created_after?: string;
                /** @description Older than that. */
                created_before?: string;
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description Of the last attempt. */
                error_code?: "HTTP_STATUS" | "REDIRECT" | "RATE_LIMITED" | "GONE" | "TIMEOUT_CONNECT" | "TIMEOUT_TOTAL" | "DNS_NOT_FOUND" | "DNS_FAILED" | "CONNECTION_REFUSED" | "CONNECTION_RESET" | "NETWORK_UNREACHABLE" | "TLS_EXPIRED" | "TLS_SELF_SIGNED" | "TLS_HOSTNAME_MISMATCH" | "TLS_OTHER" | "TARGET_FORBIDDEN" | "RESPONSE_INVALID" | "MESSAGE_REFUSED" | "EGRESS_UNAVAILABLE" | "INTERNAL";
                event_type?: "item.error" | "item.repaired" | "item.expiring" | "item.revoked" | "item.account_revoked" | "item.new_accounts_available" | "item.degraded" | "item.removed" | "reauth.email_sent" | "reauth.link_opened" | "reauth.completed" | "reauth.abandoned" | "webhook.received" | "webhook.verification" | "webhook.test" | "endpoint.failing" | "endpoint.disabled" | "endpoint.recovered" | "delivery.exhausted" | "recovery.completed";
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description Of time. Default: the newest first. */
                order?: "asc" | "desc";
                status?: "pending" | "in_flight" | "delivered" | "exhausted" | "aborted" | "held" | "cancelled" | "superseded";
                /** @description Of the last attempt's answer; `none` where none came. */
                status_class?: "2xx" | "3xx" | "4xx" | "5xx" | "none";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of deliveries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Delivery"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    disableSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription, as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
        };
    };
    enableSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription, as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
        };
    };
    pauseSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription, as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
        };
    };
    listRecoveriesOfSubscription: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description Of time. Default: the newest first. */
                order?: "asc" | "desc";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of recoveries. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Recovery"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    createRecovery: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewRecovery"];
            };
        };
        responses: {
            /** @description How many there are. Nothing was changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoveryEstimate"];
                };
            };
            /** @description The recovery. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Recovery"];
                };
            };
        };
    };
    resumeSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription, as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Subscription"];
                };
            };
        };
    };
    rotateSubscriptionSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["SecretRotation"];
            };
        };
        responses: {
            /** @description The subscription, with its new secret. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionWithSecret"];
                };
            };
        };
    };
    getSubscriptionStats: {
        parameters: {
            query?: {
                /** @description How many days, today included. */
                days?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The days. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionHistory"];
                };
            };
        };
    };
    testSubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TestEvent"];
            };
        };
        responses: {
            /** @description It is due. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SentTest"];
                };
            };
        };
    };
    verifySubscription: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subscription, and how it went. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubscriptionWithVerification"];
                };
            };
        };
    };
    listSuppressions: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of addresses. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Suppression"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    suppressAddress: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSuppression"];
            };
        };
        responses: {
            /** @description The address is on the list. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suppression"];
                };
            };
        };
    };
    unsuppressAddress: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuppressedAddress"];
            };
        };
        responses: {
            /** @description What stood on the list. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suppression"];
                };
            };
        };
    };
    listTeams: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of teams. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Team"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    createTeam: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamChange"];
            };
        };
        responses: {
            /** @description The team. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
        };
    };
    getTeam: {
        parameters: {
            query?: never;
            header?: {
                /** @description An `etag` of before: if nothing has changed since, the answer is 304 without a body. */
                "if-none-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The team. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
            /** @description It is as If-None-Match says. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    deleteTeam: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The team is gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    changeTeam: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `etag` of what you have read: if somebody has changed it since, nothing is done. */
                "if-match"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TeamChange"];
            };
        };
        responses: {
            /** @description The team, as it is now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Team"];
                };
            };
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["ApiKey"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one. */
                "idempotency-key"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewApiKey"];
            };
        };
        responses: {
            /** @description The key. */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeApiKey"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                external_id?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of users. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["User"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
        };
    };
    listWebhookEvents: {
        parameters: {
            query?: {
                /** @description Not older than that. */
                created_after?: string;
                /** @description Older than that. */
                created_before?: string;
                /** @description The `next_cursor` of the page before. Keep the other parameters as they were. */
                cursor?: string;
                item_id?: string;
                /** @description How many entries a page has at most. */
                limit?: number;
                /** @description Of time. Default: the newest first. */
                order?: "asc" | "desc";
                /** @description Whether it waits for a person or its Item. */
                parked?: "true" | "false";
                /** @description Such as `ERROR`. */
                webhook_code?: string;
                /** @description Such as `ITEM`. */
                webhook_type?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of webhooks. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["WebhookEvent"][];
                        has_more: boolean;
                        /** @description Null on the last page. */
                        next_cursor: string | null;
                    };
                };
            };
        };
    };
}
