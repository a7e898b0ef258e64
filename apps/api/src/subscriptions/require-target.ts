import {
  checkTargetUrl,
  isSlackWebhookUrl,
  isTargetRefused,
  type ResolveHost,
  TargetUrlError,
  type TargetPolicy,
} from "@relink/delivery";
import { Problem } from "../problem.ts";

const notAllowed = (detail: string) =>
  new Problem("url-not-allowed", detail, { errors: [{ pointer: "#/url", code: "not_allowed", detail }] });

/**
 * Judges where somebody wants events to be sent. Requests are guarded by themselves; this only says so early.
 *
 * @returns the URL as it is read.
 * @throws Problem `url-not-allowed`, which never tells the address that a name leads to.
 */
export async function requireTarget(
  text: string,
  { policy, resolveHost }: { policy: TargetPolicy; resolveHost: ResolveHost },
): Promise<string> {
  const url = readUrl(text, policy);
  if (await isTargetRefused(url, policy, resolveHost)) {
    throw notAllowed(
      `${url.hostname} does not lead to the public internet: use a host that does, or ask the operator to allow it`,
    );
  }
  return url.href;
}

function readUrl(text: string, policy: TargetPolicy): URL {
  try {
    return checkTargetUrl(text, policy);
  } catch (error) {
    if (error instanceof TargetUrlError) throw notAllowed(error.message);
    throw error;
  }
}

/** @throws Problem `url-not-allowed` if it is not the URL of an incoming webhook of Slack's. */
export function requireSlackUrl(text: string): void {
  if (isSlackWebhookUrl(text)) return;
  throw notAllowed("it must be https://hooks.slack.com/services/… as Slack shows it, whole and without anything else");
}
