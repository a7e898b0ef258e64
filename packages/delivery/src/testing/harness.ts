import { type GuardedClient, type GuardedClientOptions, type GuardedRequest, createGuardedClient } from "../client.ts";
import { type TargetPolicyOptions, createTargetPolicy } from "../guard/target-policy.ts";
import type { ResolveHost } from "../resolve-host.ts";
import type { Sink } from "./sinks.ts";

/** The receiver in most tests. */
export const HOST = "hooks.example.com";

export const EVENT = `{"type":"item.repaired","timestamp":"2026-11-22T09:30:00.000Z","data":{"note":"é"}}`;

export interface TestClientOptions extends Omit<Partial<GuardedClientOptions>, "policy"> {
  /** Beyond what tests need: 127.0.0.1 in the place of the public internet, the sinks' ports, and `http:`. */
  policy?: TargetPolicyOptions;
}

/** A client for which 127.0.0.1 is public, and every other address of this machine as forbidden as always. */
export function createTestClient(sinks: readonly Sink[], options: TestClientOptions = {}): GuardedClient {
  return createGuardedClient({
    userAgent: "Relink-Webhooks/0.1.0",
    resolveHost: resolvesTo("127.0.0.1"),
    ...options,
    policy: createTargetPolicy({
      allowed: ["127.0.0.1"],
      allowLocal: true,
      allowHttp: true,
      extraPorts: sinks.map(({ port }) => port),
      ...options.policy,
    }),
  });
}

/** Every name has these addresses; one list per question, the last one again and again. */
export function resolvesTo(...answers: (string | readonly string[])[]): ResolveHost {
  let questions = 0;
  return async () => {
    const answer = answers[Math.min(questions, answers.length - 1)] ?? [];
    questions += 1;
    return typeof answer === "string" ? [answer] : answer;
  };
}

/** An event to a sink, over `http:` unless said otherwise. */
export function eventTo(
  { port }: Sink,
  change: Partial<GuardedRequest> & { host?: string; tls?: boolean } = {},
): GuardedRequest {
  const { host = HOST, tls = false, ...rest } = change;
  return {
    url: `${tls ? "https" : "http"}://${host}:${port}/relink?team=1`,
    method: "POST",
    headers: { "content-type": "application/json", "webhook-id": "evt_1" },
    body: EVENT,
    ...rest,
  };
}

interface Closable {
  close(): Promise<unknown>;
}

/** Keeps what a test file opens, to be closed after each test: the last first. */
export function closeAfterwards() {
  const opened: Closable[] = [];
  return {
    open: <T extends Closable>(thing: T): T => {
      opened.push(thing);
      return thing;
    },
    closeAll: async () => {
      for (const thing of opened.splice(0).toReversed()) await thing.close();
    },
  };
}
