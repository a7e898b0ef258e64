import { z } from "zod";
import type { ProblemKind } from "./problem.ts";
import { readInput, readParams } from "./read-input.ts";

/** A good answer. */
export interface Reply<Body> {
  status: number;
  body: Body;
  /** The same as text, for who does not ask for JSON. Only where the operation describes it. */
  text?: string;
  headers?: Readonly<Record<string, string>>;
  /** The id of what was made or found, for the log, where the address does not name it. */
  resource?: string;
}

/** A request before it is checked. */
export interface RawRequest {
  params: unknown;
  query: unknown;
  body: unknown;
}

interface Described {
  /** The operationId. */
  id: string;
  method: "get" | "post" | "delete";
  /** With OpenAPI's placeholders: `/v1/items/{id}`. */
  path: string;
  tag: "Items" | "Users" | "Support";
  summary: string;
  description: string;
  /** How it can end badly, besides what any request can run into. */
  problems: readonly ProblemKind[];
}

interface Definition<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> extends Described {
  params: Params;
  query: Query;
  /** Null where no body is taken. */
  body: { schema: Body; examples: Readonly<Record<string, z.input<NoInfer<Body>>>> } | null;
  answer: {
    schema: Answer;
    example: z.input<NoInfer<Answer>>;
    /** An example of the answer as text, where there is one. It is sent unless JSON is asked for. */
    textExample?: string;
    /** What each good status means. */
    statuses: Readonly<Record<number, string>>;
    /** Headers of the answer, with their description. */
    headers?: Readonly<Record<string, string>>;
  };
  handle(request: {
    params: z.output<NoInfer<Params>>;
    query: z.output<NoInfer<Query>>;
    body: z.output<NoInfer<Body>>;
  }): Promise<Reply<z.input<NoInfer<Answer>>>>;
}

/** One thing the API can do. The routes and the description of the API are both made from these. */
export interface Operation extends Described {
  params: z.ZodObject;
  query: z.ZodObject;
  body: { schema: z.ZodType; examples: Readonly<Record<string, unknown>> } | null;
  answer: {
    schema: z.ZodType;
    example: unknown;
    textExample?: string;
    statuses: Readonly<Record<number, string>>;
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
      const body = bodySchema === undefined ? readNoBody(raw.body) : readInput(bodySchema, raw.body, "body");
      // Where no body is taken, `Body` is inferred from nothing, and the handler does not look at it.
      return definition.handle({ params, query, body: body as z.output<Body> });
    },
  };
}

/** Clients that always send JSON send an empty object. */
function readNoBody(body: unknown): unknown {
  return readInput(nothing, body ?? {}, "body");
}
