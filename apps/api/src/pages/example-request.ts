import type { Schema } from "./describe-schema.ts";

/** What an example is made from. */
export interface Requestable {
  method: string;
  path: string;
  /** Its last line names who may use it. */
  description: string;
  parameters?: readonly { name: string; in: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Readonly<Record<string, { examples?: Readonly<Record<string, { value?: unknown }>> }>> };
}

/** Of nothing; it only shows what an id looks like. */
const ID_SUFFIX = "01h455vb4pex5vsknk084sn02q";

/** The request as a line for a shell, with what has to be sent and the first example of a body. */
export function exampleRequest({ method, path, description, parameters = [], requestBody }: Requestable): string {
  const filled = parameters
    .filter((parameter) => parameter.in === "path")
    .reduce((address, { name, schema }) => address.replace(`{${name}}`, exampleId(schema)), path);
  const query = parameters
    .filter((parameter) => parameter.in === "query" && parameter.required === true)
    .map(({ name, schema: { example: shown } }) => {
      return `${name}=${encodeURIComponent(typeof shown === "string" ? shown : "…")}`;
    });
  const key = description.endsWith("Only for the admin key.") ? "$RELINK_ADMIN_API_KEY" : "$RELINK_API_KEY";
  const [example] = Object.values(requestBody?.content["application/json"]?.examples ?? {});
  const verb = method === "get" ? "" : `-X ${method.toUpperCase()} `;
  return [
    `curl -s ${verb}"$RELINK_URL${[filled, ...query].join("?")}"`,
    `-H "authorization: Bearer ${key}"`,
    ...(example === undefined ? [] : ["-H 'content-type: application/json'", `-d ${quoted(example.value)}`]),
  ].join(" \\\n  ");
}

function exampleId({ pattern }: Schema): string {
  return `${/^\^([a-z]+_)/.exec(pattern ?? "")?.[1] ?? ""}${ID_SUFFIX}`;
}

/** As a shell takes it, whatever is in it. */
function quoted(value: unknown): string {
  return `'${JSON.stringify(value).replaceAll("'", String.raw`'\''`)}'`;
}
