import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponseObject } from "zod-openapi";
import { meaningOf, PROBLEM_KINDS, Problem, type ProblemKind, problemSchema } from "./problem.ts";
import type { Operation } from "./operation.ts";

/** What any request can run into, and what one with a body can. */
const ALWAYS: readonly ProblemKind[] = [
  "malformed-request",
  "key-in-query",
  "unauthorized",
  "validation-failed",
  "internal-error",
  "unavailable",
];
const WITH_BODY: readonly ProblemKind[] = ["payload-too-large", "unsupported-media-type"];

const REQUEST_ID = {
  "x-request-id": { description: "Names this request in the log.", schema: { type: "string" } },
} as const;

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
    tags: [
      { name: "Items", description: "Connections to banks." },
      { name: "Users", description: "The people whose Items these are." },
      { name: "Support", description: "Finding out what happened, and who is written to." },
    ],
    paths,
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "RELINK_ADMIN_API_KEY, in the Authorization header only." },
      },
      examples: Object.fromEntries(PROBLEM_KINDS.map((kind) => [kind, describeProblem(kind)])),
    },
  });
}

function describeOperation(operation: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, params, query, body, answer } = operation;
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const [status, meaning] of Object.entries(answer.statuses)) {
    const headers = Object.entries(answer.headers ?? {}).map(
      ([name, about]) => [name, { description: about, schema: { type: "string" } }] as const,
    );
    responses[status] = {
      description: meaning,
      headers: { ...REQUEST_ID, ...Object.fromEntries(headers) },
      content: {
        "application/json": { schema: answer.schema, examples: { example: { value: answer.example } } },
        ...(answer.textExample !== undefined && {
          "text/plain": { schema: { type: "string" }, examples: { example: { value: answer.textExample } } },
        }),
      },
    };
  }
  const problems = [...ALWAYS, ...(operation.method === "get" ? [] : WITH_BODY), ...operation.problems];
  for (const [status, kinds] of Map.groupBy(problems, (kind) => String(meaningOf(kind).status))) {
    const headers = {
      ...(status === "401" && { "www-authenticate": { description: "Bearer", schema: { type: "string" } as const } }),
      ...(status === "503" && { "retry-after": { description: "In seconds.", schema: { type: "string" } as const } }),
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
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    requestParams: { path: params, query },
    ...(body !== null && {
      requestBody: {
        required: true,
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

/** An answer of each kind, with what there is to know about it. A problem's `type` leads here. */
function describeProblem(kind: ProblemKind) {
  const { title, meaning } = meaningOf(kind);
  const value = new Problem(kind, meaning).toBody("/v1/items", "0193534c-2f0e-7a3c-b7d1-6a4f1f0f5d11");
  return { summary: title, description: meaning, value };
}
