import { createSocket } from "node:dgram";
import { type Answer, decode, encode } from "dns-packet";

/** What the server says of one name: addresses, or a failure, or nothing at all. */
export type DnsAnswer = { a?: readonly string[]; aaaa?: readonly string[] } | "NXDOMAIN" | "SERVFAIL" | "silence";

/** https://www.rfc-editor.org/rfc/rfc1035#section-4.1.1 (checked 2026-11-22) */
const RESPONSE_CODES = { NXDOMAIN: 3, SERVFAIL: 2 } as const;

export interface DnsServer {
  /** As `Resolver.setServers` takes it. */
  address: string;
  /** Every question, as `A hooks.example.com`. */
  questions: string[];
  close(): Promise<void>;
}

/** A name server on this machine that knows the given names; all others are NXDOMAIN. */
export async function startDnsServer(zone: Readonly<Record<string, DnsAnswer>>): Promise<DnsServer> {
  const questions: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (message, from) => {
    const query = decode(message);
    const [question] = query.questions ?? [];
    if (question === undefined) return;
    questions.push(`${question.type} ${question.name}`);
    const known = zone[question.name] ?? "NXDOMAIN";
    if (known === "silence") return;
    const answers: Answer[] =
      typeof known === "string"
        ? []
        : question.type === "A"
          ? (known.a ?? []).map((data) => ({ type: "A", name: question.name, ttl: 1, data }))
          : (known.aaaa ?? []).map((data) => ({ type: "AAAA", name: question.name, ttl: 1, data }));
    const flags = typeof known === "string" ? RESPONSE_CODES[known] : 0;
    const response = encode({ type: "response", id: query.id ?? 0, flags, questions: [question], answers });
    socket.send(response, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    close: async () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
