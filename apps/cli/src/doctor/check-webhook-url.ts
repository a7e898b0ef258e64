import type { Finding } from "./finding.ts";

const TIMEOUT_MS = 10_000;
const CHECK = "webhook url";

/**
 * Whether an ingress of Relink listens where Plaid is to send: it refuses what is not signed with 401, and without a word.
 *
 * Seen from here. Whether Plaid reaches it is proven by `relink webhooks repoint`.
 */
export async function checkWebhookUrl(url: string): Promise<Finding[]> {
  const failed = (message: string): Finding[] => [{ check: CHECK, state: "failed", message }];
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { code = "no answer" } = ((error as Error).cause ?? {}) as { code?: string };
    return failed(`it cannot be reached from here (${code}): check DNS, the proxy in front, and that the ingress runs`);
  }
  const text = await response.text();
  if (response.status === 401 && text === "") {
    return [{ check: CHECK, state: "ok", message: "an ingress answers there, and refuses what is not signed" }];
  }
  if (response.status >= 300 && response.status < 400) {
    return failed(`it answers ${response.status}, and Plaid follows no redirect: give the URL that it leads to`);
  }
  return failed(
    `it answers ${response.status} to a webhook without a signature, where the ingress answers 401: PLAID_WEBHOOK_URL leads to something else`,
  );
}
