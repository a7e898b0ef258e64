import type { components } from "./generated/api.ts";

type Problem = components["schemas"]["Problem"];

/**
 * The API refused a request, and did not ask to wait, or asked too often.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457 (checked 2026-11-22)
 */
export class RelinkApiError extends Error {
  override readonly name = "RelinkApiError";
  /** Stable: match on this. `unexpected-answer` if it is not of Relink's making: the page of a proxy, for instance. */
  readonly code: Problem["code"] | "unexpected-answer";
  /** Of the answer. */
  readonly status: number;
  /** What is wrong this time, for people. It may change. */
  readonly detail: string;
  /** By which whoever runs Relink finds the request in the log; null if it did not get there. */
  readonly requestId: string | null;
  /** Each field and parameter that is wrong; empty for most codes. */
  readonly errors: NonNullable<Problem["errors"]>;
  /** Plaid's error where Plaid has refused; null else. */
  readonly plaid: NonNullable<Problem["plaid"]> | null;
  /** True if the same request may succeed later. */
  readonly retryable: boolean;
  /** How long it asks to wait; null if it does not ask. */
  readonly retryAfterSeconds: number | null;

  /** @param problem - the body of the answer; null if it is not one of Relink's. */
  constructor(response: Response, problem: Problem | null) {
    const detail = problem?.detail ?? "the answer is not one of Relink's: look at what stands between";
    super(`${response.status} ${problem?.code ?? "unexpected-answer"}: ${detail}`);
    this.code = problem?.code ?? "unexpected-answer";
    this.status = response.status;
    this.detail = detail;
    this.requestId = problem?.request_id ?? response.headers.get("x-request-id");
    this.errors = problem?.errors ?? [];
    this.plaid = problem?.plaid ?? null;
    this.retryAfterSeconds = readRetryAfter(response.headers.get("retry-after"));
    this.retryable = problem?.retryable ?? this.retryAfterSeconds !== null;
  }
}

/** The error that a bad answer tells of. Reads its body. */
export async function readError(response: Response): Promise<RelinkApiError> {
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json") === true;
  const text = await response.text();
  return new RelinkApiError(response, isProblem ? parseProblem(text) : null);
}

/** What calls itself a problem and has a code is one: the API is tested to keep to its description. */
function parseProblem(text: string): Problem | null {
  try {
    const problem = JSON.parse(text) as Problem;
    return typeof problem.code === "string" ? problem : null;
  } catch {
    return null;
  }
}

/**
 * Seconds, rounded up, or null if it is neither of the two forms.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 (checked 2026-11-22)
 */
function readRetryAfter(value: string | null): number | null {
  if (value === null) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const at = /^[A-Z][a-z]{2}, .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}
