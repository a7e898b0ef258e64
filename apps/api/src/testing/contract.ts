import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** What the tests read of the served description. */
export interface Description {
  paths: Record<string, Record<string, DescribedOperation>>;
  webhooks: Record<string, { post: DescribedWebhook }>;
  components: { examples: Record<string, { description: string; value: unknown }>; schemas: Record<string, unknown> };
}

export interface DescribedOperation {
  operationId: string;
  summary: string;
  description: string;
  parameters?: { in: "path" | "query" | "header"; name: string; required?: boolean; schema: { type?: string } }[];
  requestBody?: { required?: boolean; content: Record<string, { examples: Record<string, { value: unknown }> }> };
  responses: Record<string, DescribedResponse>;
}

export interface DescribedWebhook {
  summary: string;
  security: unknown[];
  parameters: { in: string; name: string; required?: boolean }[];
  requestBody: {
    content: { "application/json": { schema: { $ref: string }; examples: { example: { value: unknown } } } };
  };
  responses: Record<string, { description: string }>;
}

export interface DescribedResponse {
  description: string;
  headers?: Record<string, { required?: boolean }>;
  /** Absent where there is no body. */
  content?: Record<string, { examples: Record<string, { value?: unknown; $ref?: string }> }>;
}

export type Method = "get" | "post" | "patch" | "delete";

/** One request and its answer. */
export interface Exchange {
  method: Method;
  path: string;
  query: URLSearchParams;
  requestHeaders: Headers;
  body: unknown;
  status: number;
  headers: Headers;
  answer: unknown;
}

export type Contract = ReturnType<typeof createContract>;

/** Holds requests and answers against the served description. */
export function createContract(description: Description) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(description as object, "openapi");
  const validators = new Map<string, ValidateFunction>();

  /** @param place - a JSON pointer's parts, to a schema in the description. */
  const problemsAt = (place: readonly string[], value: unknown): string[] => {
    const pointer = place.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");
    let validate = validators.get(pointer);
    if (validate === undefined) {
      validate = ajv.compile({ $ref: `openapi#/${pointer}` });
      validators.set(pointer, validate);
    }
    return validate(value)
      ? []
      : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ""}`);
  };

  const find = (method: string, path: string) => {
    const template = Object.keys(description.paths).find((candidate) =>
      new RegExp(`^${candidate.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path),
    );
    const operation = template === undefined ? undefined : description.paths[template]?.[method];
    return template === undefined || operation === undefined ? undefined : { template, operation };
  };

  const requestProblems = ({ method, path, query, requestHeaders, body }: Exchange): string[] => {
    const found = find(method, path);
    if (found === undefined) return ["no such operation"];
    const { template, operation } = found;
    const parameters = operation.parameters ?? [];
    const known = new Set(parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name));
    const unknown = [...query.keys()].filter((name) => !known.has(name)).map((name) => `${name}: unknown`);
    const segments = path.split("/");
    const wrong = parameters.flatMap((parameter, index) => {
      const sent = {
        query: () => query.get(parameter.name),
        header: () => requestHeaders.get(parameter.name),
        path: () => segments[template.split("/").indexOf(`{${parameter.name}}`)] ?? null,
      };
      const text = sent[parameter.in]();
      if (text === null) return parameter.required === true ? [`${parameter.name}: missing`] : [];
      const value = parameter.schema.type === "integer" ? Number(text) : text;
      return problemsAt(["paths", template, method, "parameters", String(index), "schema"], value);
    });
    const wrongBody =
      operation.requestBody === undefined || (body === undefined && operation.requestBody.required !== true)
        ? []
        : problemsAt(["paths", template, method, "requestBody", "content", "application/json", "schema"], body);
    return [...unknown, ...wrong, ...wrongBody];
  };

  const answerProblems = ({ method, path, status, headers, answer }: Exchange): string[] => {
    const found = find(method, path);
    if (found === undefined) return problemsAt(["components", "schemas", "Problem"], answer);
    const response = found.operation.responses[status];
    if (response === undefined) return [`status ${status} is not described`];
    const missing = Object.entries(response.headers ?? {})
      .filter(([name, { required }]) => required === true && !headers.has(name))
      .map(([name]) => `header ${name} is missing`);
    if (response.content === undefined) return [...missing, ...(answer === "" ? [] : ["a body is not described"])];
    const type = (headers.get("content-type") ?? "").split(";")[0] ?? "";
    if (response.content[type] === undefined) return [`type ${type} is not described for ${status}`];
    const place = ["paths", found.template, method, "responses", String(status), "content", type];
    const code = type === "application/problem+json" ? (answer as { code?: string }).code : undefined;
    const isDescribed = code === undefined || Object.hasOwn(response.content[type].examples, code);
    return [
      ...problemsAt([...place, "schema"], answer),
      ...missing,
      ...(isDescribed ? [] : [`problem ${code} is not described for ${status}`]),
    ];
  };

  return {
    problemsAt,
    requestProblems,
    /**
     * What is wrong with an exchange: an answer that is not described, or a request that was taken although the
     * description does not allow it.
     */
    violations(exchange: Exchange): string[] {
      const accepted = exchange.status < 400;
      return [...answerProblems(exchange), ...(accepted ? requestProblems(exchange) : [])];
    },
  };
}
