import { explain } from "../explain.ts";

/** What one check came to. */
export interface Finding {
  /** What was looked at. */
  check: string;
  state: "ok" | "warning" | "failed";
  /** What was found; where something is wrong, also what to do. No secret, no address with one. */
  message: string;
}

/** Looks at one thing. */
export type Check = () => Promise<Finding[]>;

/** Longer than any of the checks' own limits. */
const LIMIT_MS = 20_000;

/**
 * Runs a check. One that throws, or does not end, has failed.
 *
 * @param name - the `check` of the finding then.
 */
export async function runCheck(name: string, check: Check): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<Finding[]>((resolve) => {
    const late: Finding = { check: name, state: "failed", message: `no answer within ${LIMIT_MS / 1_000} s` };
    timer = setTimeout(() => resolve([late]), LIMIT_MS);
  });
  try {
    return await Promise.race([check(), limit]);
  } catch (error) {
    return [{ check: name, state: "failed", message: explain(error) ?? describe(error) }];
  } finally {
    clearTimeout(timer);
  }
}

/** Messages of errors that nobody foresaw may repeat an address with its password. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return "an unknown error";
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? `${error.name} (${code})` : error.name;
}
