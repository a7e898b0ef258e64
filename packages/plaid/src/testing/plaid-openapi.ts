import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { parse } from "yaml";

/** Plaid's own description, from https://github.com/plaid/plaid-openapi, beside this project. It is not part of it. */
const FILE = join(import.meta.dirname, "../../../../../shared/plaid-openapi/2020-09-14.yml");

/** Whether the tests that compare with it cannot run here. */
export const isOpenapiMissing = !existsSync(FILE);
/** For the titles of those tests, so that it is seen when they are skipped. */
export const openapiNote = isOpenapiMissing ? " (skipped: no ../shared/plaid-openapi beside the project)" : "";

interface Operation {
  requestBody: { content: { "application/json": { schema: { $ref: string } } } };
  responses: {
    "200": { content: { "application/json": { examples?: Record<string, { value: object }> } } };
  };
}

interface Schema {
  properties?: Record<string, { description?: string }>;
  "x-examples"?: Record<string, object>;
}

export interface PlaidOpenapi {
  operation(path: string): Operation | undefined;
  schemas: Readonly<Record<string, Schema>>;
  /** Checks a value against the schema of this name. */
  validator(schemaName: string): ValidateFunction;
}

/** Reads the file. Its three megabytes take some seconds. */
export function readPlaidOpenapi(): PlaidOpenapi {
  const { paths, components } = parse(readFileSync(FILE, "utf8"), { maxAliasCount: -1 }) as {
    paths: Record<string, { post?: Operation } | undefined>;
    components: { schemas: Record<string, Schema> };
  };
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat("url", true);
  ajv.addSchema({ $id: "plaid", components: toJsonSchema({ schemas: components.schemas }) });
  return {
    operation: (path) => paths[path]?.post,
    schemas: components.schemas,
    validator(schemaName) {
      const validate = ajv.getSchema(`plaid#/components/schemas/${schemaName}`);
      if (validate === undefined) throw new Error(`no schema ${schemaName} in Plaid's OpenAPI file`);
      return validate as ValidateFunction;
    },
  };
}

/** OpenAPI 3.0 as JSON Schema: `nullable` becomes a type. */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (node === null || typeof node !== "object") return node;
  const { nullable, example: _example, discriminator: _discriminator, ...rest } = node as Record<string, unknown>;
  const schema = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, toJsonSchema(value)]));
  return nullable === true ? { anyOf: [{ type: "null" }, schema] } : schema;
}
