import { checkSchedule, isEventPattern } from "@relink/core";
import { checkCustomHeader, CustomHeaderError, parseSigningSecret, SigningKeyError } from "@relink/delivery";
import { Secret } from "@relink/service";
import { userField } from "@relink/service/user-fields";
import { z } from "zod";
import { sentId } from "../fields.ts";
import { withCode } from "../read-input.ts";

const MAX_PATTERNS = 50;
const MAX_FILTER_VALUES = 100;
const MAX_METADATA = 20;

const line = (maximum: number) =>
  z
    .string()
    .min(1, "must not be empty")
    .max(maximum, `must have at most ${maximum} characters`)
    .regex(/^\P{Cc}*$/u, "must have no control characters");

const list = <Entry extends z.ZodType>(entry: Entry, maximum = MAX_FILTER_VALUES) =>
  z.array(entry).max(maximum, `must have at most ${maximum} entries`);

const providerId = z.string().regex(/^[!-~]{1,128}$/, "must be 1 to 128 printable ASCII characters without spaces");

export const eventPattern = z
  .string()
  .max(64, "must have at most 64 characters")
  .refine(isEventPattern, {
    message: "must be a type of GET /v1/event-types, a family such as item.*, or *",
    ...withCode("not_allowed"),
  });

const filter = z
  .strictObject({
    environments: list(z.enum(["sandbox", "production"])).optional(),
    institution_ids: list(providerId).optional().meta({ description: "Plaid's ids of banks." }),
    error_codes: list(providerId).optional().meta({ description: "Plaid's error codes." }),
    who_acts: list(z.enum(["user", "operator", "nobody"]))
      .optional()
      .meta({ description: "Whose turn it is." }),
    products: list(providerId).optional().meta({ description: "Plaid's products; one that the Item has is enough." }),
  })
  .meta({
    id: "EventFilter",
    description:
      "An event has to pass every list that is given and not empty. One without the attribute does not pass: a filter by error code leaves out what has none. `item.repaired` has the code and the actor of the break that it ends, and `reauth.*` those of the break that it is about: who hears of a break hears of its end. Codes, banks and products are not looked up: one that there is not matches nothing.",
  });

const retrySchedule = z
  .array(z.number())
  .superRefine((waits, context) => {
    for (const { index, detail } of checkSchedule(waits)) {
      context.addIssue({ code: "custom", message: detail, path: index === null ? [] : [index] });
    }
  })
  .nullable()
  .meta({
    description:
      "Seconds to wait after each failure: 1 to 20 of them, each from a second to 48 hours, 7 days in all. Null for the default: ten attempts in about three days.",
    example: [5, 300, 1800, 7200],
  });

const MAX_CONCURRENCY = 50;
const MAX_RATE = 1_000;

const metadata = z
  .record(
    z.string().regex(/^[A-Za-z0-9_.-]{1,40}$/, "a key has 1 to 40 letters, digits, _, . and -"),
    z.string().max(500, "must have at most 500 characters"),
  )
  .refine((entries) => Object.keys(entries).length <= MAX_METADATA, {
    message: `must have at most ${MAX_METADATA} keys`,
    ...withCode("too_many"),
  })
  .meta({ description: `Up to ${MAX_METADATA} texts of your own.` });

const MAX_HEADERS = 10;

const headers = z
  .record(z.string(), z.string())
  .superRefine((entries, context) => {
    const names = Object.keys(entries).map((name) => name.toLowerCase());
    if (names.length > MAX_HEADERS) {
      const message = `must have at most ${MAX_HEADERS} headers`;
      context.addIssue({ code: "custom", message, ...withCode("too_many") });
    }
    for (const [name, value] of Object.entries(entries)) {
      const problem = problemOfHeader(name, value);
      if (problem !== null) context.addIssue({ code: "custom", message: problem, path: [name] });
    }
    if (new Set(names).size < names.length) {
      const message = "must name each header only once, in capitals or not";
      context.addIssue({ code: "custom", message, ...withCode("repeated") });
    }
  })
  .transform((entries) =>
    Object.fromEntries(Object.entries(entries).map(([name, value]) => [name.toLowerCase(), value])),
  )
  .meta({
    description: `Up to ${MAX_HEADERS} headers to send along, as a gateway may want them. They are stored encrypted and never shown.`,
    example: { authorization: "Bearer gateway-token" },
  });

/** What is wrong with a header; the value is not repeated. */
function problemOfHeader(name: string, value: string): string | null {
  try {
    checkCustomHeader(name, value);
    return null;
  } catch (error) {
    if (error instanceof CustomHeaderError) return error.message;
    throw error;
  }
}

/** Whether it can be called is judged later, with the operator's policy and DNS. */
const url = z.string().min(1, "must not be empty").max(2_048, "must have at most 2,048 characters");

const slackBot = z
  .strictObject({
    channel: z
      .string()
      .regex(/^(?:[CGD][A-Z0-9]{2,20}|#[^\s#\p{Cc}]{1,80})$/u, "must be a channel's id, such as C024BE91L, or #name")
      .meta({ description: "Its id, such as `C024BE91L`, or `#name`." }),
    bot_token: z
      .string()
      .regex(/^xoxb-[A-Za-z0-9-]{10,250}$/, "must be a bot token, which begins with xoxb-")
      .meta({ description: "Needs the scope `chat:write`. It is stored encrypted and never shown." }),
  })
  .meta({ id: "SlackBot", description: "A bot can change what it has posted, so one message tells a whole outage." });

const signatureSchemes = z
  .array(z.enum(["v1", "v1a"]))
  .min(1, "must name at least one")
  .refine((schemes) => new Set(schemes).size === schemes.length, {
    message: "must name each only once",
    ...withCode("repeated"),
  });

export const importedSecret = z
  .string()
  .max(256, "must have at most 256 characters")
  .superRefine((secret, context) => {
    try {
      parseSigningSecret(new Secret(secret));
    } catch (error) {
      if (!(error instanceof SigningKeyError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
    }
  })
  .meta({ description: "`whsec_…` or `whsk_…`, to bring along one that your receiver knows already." });

const verify = z
  .boolean()
  .default(true)
  .meta({ description: "False leaves it unverified until `verify` or `enable` is called. Default: true." });

/** What every kind of subscription can be given, when it is made and later. */
const changeable = {
  description: line(200).nullable(),
  event_types: z
    .array(eventPattern)
    .min(1, "must name at least one")
    .max(MAX_PATTERNS, `must have at most ${MAX_PATTERNS} entries`)
    .meta({ description: "Types of events, families such as `item.*`, or `*`." }),
  filter,
  supersede: z.boolean().meta({
    description:
      "Of the events that say how an Item stands, send only the newest: one that was not delivered yet is dropped for a newer one. Default: false.",
  }),
  retry_schedule: retrySchedule,
  max_concurrency: z.int().min(1).max(MAX_CONCURRENCY).meta({ description: "Default: 5." }),
  rate_limit: z.int().min(1).max(MAX_RATE).nullable().meta({ description: "Requests in a second. Default: no limit." }),
  owner_contact: userField.email.nullable().meta({ description: "Who is told by mail when it fails." }),
  metadata,
};

const common = {
  team_id: sentId("team").optional().meta({ description: "Whose it is. Only for the admin key, which must name it." }),
  description: changeable.description.optional(),
  event_types: changeable.event_types,
  filter: filter.optional(),
  supersede: changeable.supersede.optional(),
  owner_contact: changeable.owner_contact.optional(),
  metadata: metadata.optional(),
  enabled: z
    .boolean()
    .default(true)
    .meta({ description: "False makes it disabled: what is meant for it is held. Default: true." }),
};

const howToSend = {
  headers: headers.optional(),
  retry_schedule: changeable.retry_schedule.optional(),
  max_concurrency: changeable.max_concurrency.optional(),
  rate_limit: changeable.rate_limit.optional(),
};

const hasOneTarget = ({ url: one, slack: other }: { url?: unknown; slack?: unknown }) =>
  (one === undefined) !== (other === undefined);
const whenObject = ({ value }: { value: unknown }) => typeof value === "object" && value !== null;

/** What `POST /v1/subscriptions` takes. */
export const newSubscriptionSchema = z
  .discriminatedUnion(
    "kind",
    [
      z.strictObject({
        kind: z.literal("webhook"),
        url: url.meta({ description: "Where events are posted to, over https." }),
        signature_schemes: signatureSchemes.default(["v1"]).meta({ description: "Default: `v1`." }),
        secret: importedSecret.optional(),
        verify,
        ...common,
        ...howToSend,
      }),
      z
        .strictObject({
          kind: z.literal("slack"),
          url: url.optional().meta({ description: "An incoming webhook, as Slack shows it. It is stored encrypted." }),
          slack: slackBot.optional(),
          ...common,
        })
        .refine(hasOneTarget, { message: "must have exactly one of url and slack", when: whenObject })
        .meta({ oneOf: [{ required: ["url"] }, { required: ["slack"] }] }),
      z.strictObject({ kind: z.literal("email"), address: userField.email, ...common }),
    ],
    { error: "must be webhook, slack or email" },
  )
  .meta({ id: "NewSubscription" });

export type NewSubscription = z.output<typeof newSubscriptionSchema>;

/** What `PATCH /v1/subscriptions/{id}` takes. What is absent stays as it is. */
export const subscriptionChangesSchema = z
  .strictObject({
    url: url.optional().meta({
      description: "Of a webhook: verified before it takes the place of the old one. Of Slack: an incoming webhook.",
    }),
    slack: slackBot.optional(),
    address: userField.email.optional(),
    verify,
    description: changeable.description.optional(),
    event_types: changeable.event_types.optional(),
    filter: filter.optional().meta({ description: "Takes the place of the whole filter." }),
    supersede: changeable.supersede.optional(),
    signature_schemes: signatureSchemes.optional().meta({
      description:
        "Takes the place of all schemes. One that is new gets a key of its own; one that is left out stops signing at once, so add the new one first, and leave the old one out when your receiver has changed over. A new URL in the same request is still asked with the keys of before.",
    }),
    headers: headers.optional().meta({
      description:
        "Takes the place of all headers. They are taken away when a new URL is at another host and they are not sent along.",
    }),
    retry_schedule: changeable.retry_schedule.optional(),
    max_concurrency: changeable.max_concurrency.optional(),
    rate_limit: changeable.rate_limit.optional(),
    owner_contact: changeable.owner_contact.optional(),
    metadata: metadata.optional().meta({ description: "Takes the place of all of it." }),
  })
  .meta({ id: "SubscriptionChanges", description: "What is absent stays as it is." });

export type SubscriptionChanges = z.output<typeof subscriptionChangesSchema>;
