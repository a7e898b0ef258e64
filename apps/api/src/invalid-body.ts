import { type FieldErrorCode, Problem } from "./problem.ts";

/**
 * A mistake in a body that only shows when it is held against what is stored.
 *
 * @param pointer - as in `readInput`: `#/team_id`.
 */
export function invalidBody(pointer: string, code: FieldErrorCode, detail: string): Problem {
  return new Problem("validation-failed", "1 mistake(s) in the body; errors names them", {
    errors: [{ pointer, code, detail }],
  });
}
