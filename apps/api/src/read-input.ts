import type { z } from "zod";
import { Problem, type ProblemBody } from "./problem.ts";

type FieldError = NonNullable<ProblemBody["errors"]>[number];

/** A caller with more mistakes than this sees the others when these are corrected. */
const MAX_ERRORS = 20;
const MAX_NAME_LENGTH = 64;

/**
 * Checks a query or a body.
 *
 * @throws {@link Problem} that names every mistake and repeats no value.
 */
export function readInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  part: "query" | "body",
): z.output<Schema> {
  const read = schema.safeParse(input);
  if (read.success) return read.data;
  const errors = read.error.issues
    .flatMap((issue) => placesOf(issue).map((path) => ({ path, detail: detailOf(issue, input, part) })))
    .slice(0, MAX_ERRORS)
    .map(({ path, detail }): FieldError => {
      return part === "query"
        ? { parameter: cut(String(path[0] ?? "")), detail }
        : { pointer: pointerTo(path), detail };
    });
  throw new Problem("validation-failed", `${errors.length} mistake(s) in the ${part}; errors names them`, { errors });
}

/** Checks the ids in a path. What cannot be an id is the id of nothing. */
export function readParams<Schema extends z.ZodObject>(schema: Schema, params: unknown): z.output<Schema> {
  const read = schema.safeParse(params);
  if (read.success) return read.data;
  throw new Problem("not-found", "there is nothing with this id");
}

/** An unknown field is a mistake at the field, not at the object it is in. */
function placesOf(issue: z.core.$ZodIssue): PropertyKey[][] {
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

function detailOf(issue: z.core.$ZodIssue, input: unknown, part: "query" | "body"): string {
  if (issue.code === "unrecognized_keys") return "is not known here";
  const value = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | null)?.[key],
    input,
  );
  if (issue.code === "invalid_type" && value === undefined) return "is missing";
  if (part === "query" && Array.isArray(value)) return "may be given only once";
  return issue.message;
}

/** RFC 6901, section 6: a JSON pointer in a URI fragment. */
function pointerTo(path: readonly PropertyKey[]): string {
  return ["#", ...path.map((key) => cut(String(key)).replaceAll("~", "~0").replaceAll("/", "~1"))]
    .map((part, index) => (index === 0 ? part : encodeURIComponent(part)))
    .join("/");
}

/** Well-formed in any case: half of a character does not encode. */
function cut(name: string): string {
  return name.slice(0, MAX_NAME_LENGTH).toWellFormed();
}
