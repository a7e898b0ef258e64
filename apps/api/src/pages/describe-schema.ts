import { type Html, html, htmlIf } from "./html.ts";
import { markdown } from "./markdown.ts";

/** What the page reads of a JSON Schema: the parts that our own schemas are made of. */
export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  description?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  example?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** Where a named shape is explained on the page. */
export const shapeId = (name: string): string => `shape-${name}`;

/** The name of the shape that a reference leads to. */
export function shapeOf({ $ref }: Schema): string | undefined {
  return $ref?.split("/").at(-1);
}

/** The named shapes. */
export type Shapes = Readonly<Record<string, Schema>>;

/** The schema itself where a reference leads to it. */
export function resolveSchema(schema: Schema, shapes: Shapes): Schema {
  const name = shapeOf(schema);
  return name === undefined ? schema : (shapes[name] ?? schema);
}

/** A schema in full: its fields if it is an object, its kinds if it is one of several, else its type. */
export function describeSchema(schema: Schema): Html {
  if (schema.properties !== undefined) {
    const rows = Object.entries(schema.properties).map(([name, field]) =>
      describeField(name, field, schema.required?.includes(name) === true),
    );
    return html`<dl>${rows}</dl>`;
  }
  const kinds = kindsOf(schema).filter((kind) => kind.type !== "null");
  if (kinds.length > 1) {
    return html`<ul class="kinds">
      ${kinds.map((kind) => html`<li>${describeNested(kind)}</li>`)}
    </ul>`;
  }
  return html`<p>${typeOf(schema)}</p>`;
}

/** One field of an object, or one parameter. */
export function describeField(name: string, schema: Schema, isRequired: boolean, place = ""): Html {
  const notes = [place, isRequired ? "" : "optional"].filter((note) => note !== "").join(", ");
  return html`<dt><code>${name}</code> ${typeOf(schema)} ${htmlIf(notes !== "", () => html`<span>${notes}</span>`)}</dt>
    <dd>
      ${htmlIf(schema.description !== undefined, () => markdown(schema.description ?? ""))} ${describeLimits(schema)}
      ${describeInside(schema)}
    </dd>`;
}

const kindsOf = (schema: Schema): readonly Schema[] => schema.anyOf ?? schema.oneOf ?? [];

/** What a schema without a name of its own is made of, where its type does not say it all. */
function describeInside(schema: Schema): Html {
  const kinds = kindsOf(schema).filter((kind) => kind.type !== "null");
  const [only] = kinds;
  if (kinds.length === 1 && only !== undefined) return describeInside(only);
  const inner =
    schema.items ?? (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
  if (schema.properties !== undefined || kinds.some((kind) => kind.properties !== undefined))
    return describeSchema(schema);
  return inner === undefined ? html`` : describeInside(inner);
}

function describeNested(schema: Schema): Html {
  const name = shapeOf(schema);
  return name === undefined && schema.properties !== undefined
    ? describeSchema(schema)
    : html`<p>${typeOf(schema)}</p>`;
}

function typeOf(schema: Schema): Html {
  const name = shapeOf(schema);
  if (name !== undefined) return html`<a href="#${shapeId(name)}">${name}</a>`;
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined) return listOf(schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`));
  const kinds = kindsOf(schema);
  if (kinds.length > 0) return listOf(kinds.map((kind) => typeOf(kind)));
  if (schema.type === "array") return html`list of ${schema.items === undefined ? "anything" : typeOf(schema.items)}`;
  const { additionalProperties } = schema;
  if (schema.properties === undefined && typeof additionalProperties === "object") {
    return html`object of ${typeOf(additionalProperties)}`;
  }
  return html`<span>${schema.format ?? [schema.type ?? "anything"].flat().join(" or ")}</span>`;
}

function listOf(parts: readonly Html[]): Html {
  return html`${parts.map((part, index) => html`${index === 0 ? "" : " or "}${part}`)}`;
}

const LIMITS = {
  minimum: (value) => html`from <code>${value}</code>`,
  maximum: (value) => html`up to <code>${value}</code>`,
  minLength: (value) => html`at least <code>${value}</code> characters`,
  maxLength: (value) => html`at most <code>${value}</code> characters`,
  minItems: (value) => html`at least <code>${value}</code> entries`,
  maxItems: (value) => html`at most <code>${value}</code> entries`,
  default: (value) => html`default <code>${value}</code>`,
  example: (value) => html`such as <code>${value}</code>`,
} as const satisfies Partial<Record<keyof Schema, (value: string) => Html>>;

/** Ids are told by what they begin with; a format says more than the pattern that proves it. */
function describePattern({ pattern, format }: Schema): Html[] {
  if (pattern === undefined || format !== undefined) return [];
  const [, prefix] = /^\^([a-z]+_)\[0-7\]/.exec(pattern) ?? [];
  return prefix === undefined
    ? [html`matches <code>${pattern}</code>`]
    : [html`an id that begins with <code>${prefix}</code>`];
}

function describeLimits(schema: Schema): Html {
  const limits = Object.entries(LIMITS).flatMap(([name, say]) => {
    const value: unknown = schema[name as keyof typeof LIMITS];
    return value === undefined ? [] : [say(typeof value === "string" ? value : JSON.stringify(value))];
  });
  const all = [...limits, ...describePattern(schema)];
  return htmlIf(
    all.length > 0,
    () =>
      html`<ul class="limits">
        ${all.map((limit) => html`<li>${limit}</li>`)}
      </ul>`,
  );
}
