import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from "zod-openapi";
import { describeWebhooks } from "./events/describe-webhooks.ts";
import { meaningOf, PROBLEM_KINDS, Problem, type ProblemKind, problemSchema } from "./problem.ts";
import { type Operation, TAGS } from "./operation.ts";
import { IDEMPOTENCY_KEY } from "./repeat-safely.ts";
import type { Access } from "./scopes.ts";

/** What any request can run into, and what one with a body can. */
const ALWAYS: readonly ProblemKind[] = [
  "malformed-request",
  "key-in-query",
  "unauthorized",
  "forbidden",
  "validation-failed",
  "rate-limited",
  "internal-error",
  "unavailable",
];
const OF_POST: readonly ProblemKind[] = ["idempotency-in-flight", "idempotency-conflict"];
const WITH_BODY: readonly ProblemKind[] = ["payload-too-large", "unsupported-media-type"];

/** A header of an answer. One that is `required` is always there. */
const header = (description: string, required = true) => ({
  description,
  required,
  schema: { type: "string" as const },
});

const REQUEST_ID = { "x-request-id": header("Names this request in the log.") };

const ETAG = {
  etag: header("The version of the resource, for If-Match and If-None-Match."),
};

const REPLAYED = {
  "idempotency-replayed": header("`true` if this is what an earlier request with the same key was answered.", false),
};

const RATE_LIMIT = {
  "ratelimit-limit": header("How many requests a minute the key may make."),
  "ratelimit-remaining": header("How many it may still make."),
  "ratelimit-reset": header("In how many seconds it may make all of them again."),
};

/** The description of the API in OpenAPI 3.1, made from the same schemas that requests are checked with. */
export function describeApi(operations: readonly Operation[]) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operation) };
  }
  return createDocument({
    openapi: "3.1.1",
    info: {
      title: "Relink",
      version: "1",
      description:
        "Keeps Plaid Items connected. For product teams and operators: register Items, read how they are and what happened to them, get a link that brings a user back, find what an identifier belongs to, make a support ticket. Lists are paged with cursors. Errors are problem details (RFC 9457); match on `code`. Ids are TypeIDs; times are ISO 8601 in UTC.",
    },
    servers: [{ url: "/" }],
    security: [{ key: [] }],
    tags: Object.entries(TAGS).map(([name, about]) => ({ name, description: about })),
    paths,
    webhooks: describeWebhooks(),
    components: {
      securitySchemes: {
        key: {
          type: "http",
          scheme: "bearer",
          description:
            "RELINK_ADMIN_API_KEY, or a key of a team with the scope that the operation asks for. In the Authorization header only.",
        },
      },
      examples: Object.fromEntries(PROBLEM_KINDS.map((kind) => [kind, describeProblem(kind)])),
    },
  });
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { id, method, scope, tag, summary, description, params, query, body, answer } = operation;
  const isVersioned = operation.isVersioned === true;
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const [status, meaning] of Object.entries(answer.statuses)) {
    const own = Object.entries(answer.headers ?? {}).map(([name, about]) => [name, header(about)] as const);
    const headers = {
      ...REQUEST_ID,
      ...RATE_LIMIT,
      ...(isVersioned && ETAG),
      ...(method === "post" && REPLAYED),
      ...Object.fromEntries(own),
    };
    if (status === "204") {
      responses[status] = { description: meaning, headers };
      continue;
    }
    const { schema, example } = answer.perStatus?.[Number(status)] ?? answer;
    responses[status] = {
      description: meaning,
      headers,
      content: {
        "application/json": { schema, examples: { example: { value: example } } },
        ...(answer.textExample !== undefined && {
          "text/plain": { schema: { type: "string" }, examples: { example: { value: answer.textExample } } },
        }),
      },
    };
  }
  if (isVersioned && method === "get") {
    responses["304"] = {
      description: "It is as If-None-Match says.",
      headers: { ...REQUEST_ID, ...RATE_LIMIT, ...ETAG },
    };
  }
  const problems = new Set([
    ...ALWAYS,
    ...(method === "get" ? [] : WITH_BODY),
    ...(method === "post" ? OF_POST : []),
    ...(isVersioned && method === "patch" ? (["precondition-failed"] as const) : []),
    ...operation.problems,
  ]);
  for (const [status, kinds] of Map.groupBy(problems, (kind) => String(meaningOf(kind).status))) {
    const toRetry = kinds.filter((kind) => meaningOf(kind).retryAfterSeconds !== undefined);
    const headers = {
      ...(status === "429" && RATE_LIMIT),
      ...(status === "401" && { "www-authenticate": header("Bearer") }),
      ...(toRetry.length > 0 && { "retry-after": header("In seconds.", toRetry.length === kinds.length) }),
    };
    responses[status] = {
      description: kinds.map((kind) => `\`${kind}\`: ${meaningOf(kind).title}.`).join(" "),
      headers: { ...REQUEST_ID, ...headers },
      content: {
        "application/problem+json": {
          schema: problemSchema,
          examples: Object.fromEntries(kinds.map((kind) => [kind, { $ref: `#/components/examples/${kind}` }])),
        },
      },
    };
  }
  const headers = describeRequestHeaders(operation);
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: `${description}\n\n${describeAccess(scope)}`,
    requestParams: { path: params, query, ...(headers !== null && { header: headers }) },
    ...(body !== null && {
      requestBody: {
        required: body.isOptional !== true,
        content: {
          "application/json": {
            schema: body.schema,
            examples: Object.fromEntries(Object.entries(body.examples).map(([name, value]) => [name, { value }])),
          },
        },
      },
    }),
    responses,
  };
}

/** The headers that may be sent along, besides the key; null if there are none. */
function describeRequestHeaders({ method, isVersioned }: Operation): z.ZodObject | null {
  if (method === "post") {
    const about =
      "Makes it safe to repeat the request for 24 hours: with the same key, method, path and body it is done once, and a good answer is given again. A problem is not kept. A random UUID is a good one.";
    const key = z.string().regex(IDEMPOTENCY_KEY).optional().meta({ description: about });
    return z.object({ "idempotency-key": key });
  }
  if (isVersioned === true && method === "get") {
    const about = "An `etag` of before: if nothing has changed since, the answer is 304 without a body.";
    return z.object({ "if-none-match": z.string().optional().meta({ description: about }) });
  }
  if (isVersioned === true && method === "patch") {
    const about = "The `etag` of what you have read: if somebody has changed it since, nothing is done.";
    return z.object({ "if-match": z.string().optional().meta({ description: about }) });
  }
  return null;
}

function describeAccess(scope: Access): string {
  if (scope === null) return "Only for the admin key.";
  return scope === "any-key" ? "For any key." : `Needs the scope \`${scope}\`.`;
}

/** An answer of each kind, with what there is to know about it. */
function describeProblem(kind: ProblemKind) {
  const { title, meaning } = meaningOf(kind);
  const value = new Problem(kind, meaning).toBody("/v1/items", "0193534c-2f0e-7a3c-b7d1-6a4f1f0f5d11");
  return { summary: title, description: meaning, value };
}
