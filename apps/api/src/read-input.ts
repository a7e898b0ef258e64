import type { z } from "zod";
import { type FieldError, type FieldErrorCode, Problem } from "./problem.ts";

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
  const mistakes = read.success
    ? unstorableIn(input)
    : read.error.issues.flatMap((issue) => placesOf(issue).map((path) => ({ path, ...mistakeIn(issue, input, part) })));
  if (read.success && mistakes.length === 0) return read.data;
  const errors = mistakes.slice(0, MAX_ERRORS).map(({ path, ...mistake }): FieldError => {
    return part === "query"
      ? { parameter: cut(String(path[0] ?? "")), ...mistake }
      : { pointer: pointerTo(path), ...mistake };
  });
  throw new Problem("validation-failed", `${errors.length} mistake(s) in the ${part}; errors names them`, { errors });
}

/** Checks the ids in a path. What cannot be an id is the id of nothing. */
export function readParams<Schema extends z.ZodObject>(schema: Schema, params: unknown): z.output<Schema> {
  const read = schema.safeParse(params);
  if (read.success) return read.data;
  throw new Problem("not-found", "there is nothing with this id");
}

/** Whether Postgres can hold a text: not with U+0000 in it, nor with half of a character. */
export function isStorable(text: string): boolean {
  return !text.includes("\u0000") && text.isWellFormed();
}

/** Where in a value, which is of the right shape and so not deep, there are texts that cannot be stored. */
function unstorableIn(
  value: unknown,
  path: PropertyKey[] = [],
): { path: PropertyKey[]; code: FieldErrorCode; detail: string }[] {
  if (typeof value === "string") {
    return isStorable(value) ? [] : [{ path, code: "format", detail: "must not hold U+0000 or half of a character" }];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => [
    ...unstorableIn(key, [...path, key]),
    ...unstorableIn(entry, [...path, key]),
  ]);
}

/** An unknown field is a mistake at the field, not at the object it is in. */
function placesOf(issue: z.core.$ZodIssue): PropertyKey[][] {
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

function mistakeIn(
  issue: z.core.$ZodIssue,
  input: unknown,
  part: "query" | "body",
): { code: FieldErrorCode; detail: string } {
  if (issue.code === "unrecognized_keys") return { code: "unknown", detail: "is not known here" };
  const value = issue.path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | null)?.[key],
    input,
  );
  if (value === undefined && issue.code !== "custom") return { code: "required", detail: "is missing" };
  if (part === "query" && Array.isArray(value)) return { code: "repeated", detail: "may be given only once" };
  return { code: codeOf(issue), detail: issue.message };
}

/** Names a mistake by what zod tells of it. What it cannot know is named by the check itself, with {@link withCode}. */
function codeOf(issue: z.core.$ZodIssue): FieldErrorCode {
  switch (issue.code) {
    case "invalid_type":
      return "type";
    case "invalid_format":
    case "invalid_key":
    case "not_multiple_of":
      return "format";
    case "too_small":
      return sizeCode(issue.origin, { text: "too_short", list: "too_few", number: "too_small" });
    case "too_big":
      return sizeCode(issue.origin, { text: "too_long", list: "too_many", number: "too_large" });
    case "invalid_value":
    case "invalid_union":
      return "not_allowed";
    case "custom":
      return (issue.params?.["code"] as FieldErrorCode | undefined) ?? "invalid";
    case "invalid_element":
    case "unrecognized_keys":
      return "invalid";
  }
}

function sizeCode(origin: string, codes: Record<"text" | "list" | "number", FieldErrorCode>): FieldErrorCode {
  if (origin === "string") return codes.text;
  return origin === "array" || origin === "set" || origin === "map" ? codes.list : codes.number;
}

/** What a check of our own passes as `params`, so that its mistakes have this name. */
export function withCode(code: FieldErrorCode): { params: { code: FieldErrorCode } } {
  return { params: { code } };
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
