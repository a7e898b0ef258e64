import { z } from "zod";
import type { Principal } from "./principal.ts";
import type { ProblemKind } from "./problem.ts";
import { readInput, readParams } from "./read-input.ts";
import type { Access } from "./scopes.ts";

/** A good answer. */
export interface Reply<Body> {
  status: number;
  body: Body;
  /** The same as text, for who does not ask for JSON. Only where the operation describes it. */
  text?: string;
  headers?: Readonly<Record<string, string>>;
  /** How often the resource was changed, for its `ETag`. Only where the operation is versioned. */
  version?: number;
  /** The id of what was made or found, for the log, where the address does not name it. */
  resource?: string;
}

/** What every handler is told of a request, besides what was sent. */
export interface RequestContext {
  /** Whose key it carries. Its scope has been checked; what belongs to another team is for the handler to hide. */
  principal: Principal;
  /** Names the request in the log and in the audit log. */
  requestId: string;
  /** The header, for {@link requireVersion}. */
  ifMatch: string | undefined;
}

/** A request before it is checked. */
export interface RawRequest extends RequestContext {
  params: unknown;
  query: unknown;
  body: unknown;
}

/** The parts of the API, in the order in which they are described. */
export const TAGS = {
  Items: "Connections to banks.",
  Users: "The people whose Items these are.",
  Subscriptions: "Where a team wants to hear of events.",
  Events: "What there was to tell, and what became of telling it.",
  Support: "Finding out what happened, and who is written to.",
  Teams: "Product teams, their keys, and what was changed with them.",
} as const;

export type Tag = keyof typeof TAGS;

interface Described {
  /** The operationId. */
  id: string;
  method: "get" | "post" | "patch" | "delete";
  /** With OpenAPI's placeholders: `/v1/items/{id}`. */
  path: string;
  /** Which keys may use it. */
  scope: Access;
  tag: Tag;
  summary: string;
  description: string;
  /** True if every good answer has a {@link Reply.version}: it is sent as `ETag`, and a condition may be sent along. */
  isVersioned?: true;
  /** How it can end badly, besides what any request can run into. */
  problems: readonly ProblemKind[];
}

type PerStatus = Readonly<Record<number, { schema: z.ZodType; example: unknown }>>;

interface Definition<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> extends Described {
  params: Params;
  query: Query;
  /** Null where no body is taken. Where it may be left away, that is the same as `{}`. */
  body: {
    schema: Body;
    examples: Readonly<Record<string, z.input<NoInfer<Body>>>>;
    isOptional?: true;
  } | null;
  answer: {
    schema: Answer;
    example: z.input<NoInfer<Answer>>;
    /** An example of the answer as text, where there is one. It is sent unless JSON is asked for. */
    textExample?: string;
    /** What each good status means. */
    statuses: Readonly<Record<number, string>>;
    /** Where `schema` is a union of which each status has one: that one, instead of `schema` and `example`. */
    perStatus?: PerStatus;
    /** Headers of the answer, with their description. */
    headers?: Readonly<Record<string, string>>;
  };
  handle(
    request: RequestContext & {
      params: z.output<NoInfer<Params>>;
      query: z.output<NoInfer<Query>>;
      body: z.output<NoInfer<Body>>;
    },
  ): Promise<Reply<z.input<NoInfer<Answer>>>>;
}

/** One thing the API can do. The routes and the description of the API are both made from these. */
export interface Operation extends Described {
  params: z.ZodObject;
  query: z.ZodObject;
  body: { schema: z.ZodType; examples: Readonly<Record<string, unknown>>; isOptional?: true } | null;
  answer: {
    schema: z.ZodType;
    example: unknown;
    textExample?: string;
    statuses: Readonly<Record<number, string>>;
    perStatus?: PerStatus;
    headers?: Readonly<Record<string, string>>;
  };
  /**
   * Checks the request and answers it.
   *
   * @throws Problem, or whatever a store or Plaid throws.
   */
  respond(request: RawRequest): Promise<Reply<unknown>>;
}

/** Where no parameters, or no body, are taken. */
export const nothing = z.strictObject({});

/** The answer of an operation whose good status is 204. */
export const noContent = { schema: z.null(), example: null } as const;

/** Ties the checks of an operation to its handler, so that the handler gets only what has passed them. */
export function defineOperation<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(definition: Definition<Params, Query, Body, Answer>): Operation {
  const bodySchema = definition.body?.schema;
  return {
    ...definition,
    respond: async (raw) => {
      const params = readParams(definition.params, raw.params);
      const query = readInput(definition.query, raw.query, "query");
      const sent = definition.body?.isOptional === true && raw.body === undefined ? {} : raw.body;
      const body = bodySchema === undefined ? readNoBody(raw.body) : readInput(bodySchema, sent, "body");
      // Where no body is taken, `Body` is inferred from nothing, and the handler does not look at it.
      const { principal, requestId, ifMatch } = raw;
      return definition.handle({ params, query, body: body as z.output<Body>, principal, requestId, ifMatch });
    },
  };
}

/** Clients that always send JSON send an empty object. */
function readNoBody(body: unknown): unknown {
  return readInput(nothing, body === undefined ? {} : body, "body");
}
