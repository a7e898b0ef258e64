import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  createSigningKeyPair,
  createSigningSecret,
  deliveryHeaders,
  EVENT_EXAMPLES,
  parseSigningSecret,
  renderEvent,
  type SigningKey,
} from "@relink/delivery";
import { exitOf, findProgram, freePortRange, waitFor } from "@relink/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const temporary = mkdtempSync(join(tmpdir(), "relink-receivers-"));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const folder = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** How a sample is started, or why it cannot be on this machine. */
type Sample = { name: string; command: [string, ...string[]] } | { name: string; missing: string };

const samples: Sample[] = [{ name: "node", command: [process.execPath, "receiver.js"] }, python(), go()];

/** With the library that is installed, or else in an environment of its own, which is thrown away. */
function python(): Sample {
  const name = "python";
  const python3 = findProgram(["python3"]);
  if (python3 === undefined) return { name, missing: "there is no python3" };
  const hasLibrary = (program: string) => succeeds(program, ["-c", "import standardwebhooks"]);
  if (hasLibrary(python3)) return { name, command: [python3, "receiver.py"] };
  const environment = join(temporary, "python");
  if (!succeeds(python3, ["-m", "venv", environment])) return { name, missing: "python3 cannot make an environment" };
  const own = join(environment, "bin/python");
  const install = ["-m", "pip", "install", "--quiet", "--retries", "0", "--timeout", "10", "-r", "requirements.txt"];
  if (!succeeds(own, install, folder("python")))
    return { name, missing: "pip cannot install what requirements.txt names" };
  return { name, command: [own, "receiver.py"] };
}

function go(): Sample {
  const name = "go";
  const program = findProgram(["go"]);
  if (program === undefined) return { name, missing: "there is no go" };
  const binary = join(temporary, "receiver");
  if (!succeeds(program, ["mod", "download"], folder("go")))
    return { name, missing: "go cannot load what go.mod names" };
  // That it builds is tested: what fails here fails the test.
  execFileSync(program, ["build", "-o", binary, "."], { cwd: folder("go"), timeout: 120_000 });
  return { name, command: [binary] };
}

function succeeds(program: string, args: string[], cwd?: string): boolean {
  try {
    execFileSync(program, args, { cwd, stdio: "ignore", timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}

const secret = createSigningSecret();
const key = parseSigningSecret(secret);
const otherKey = parseSigningSecret(createSigningSecret());
const edKey = parseSigningSecret(createSigningKeyPair().privateKey);

interface SentEvent {
  id: string;
  body: string;
  /** By which it is known among the lines that the sample writes. */
  sequence: number;
}

let made = 0;
function newEvent(type: "item.error" | "webhook.verification" = "item.error"): SentEvent {
  made += 1;
  const sequence = made + 1_000;
  const event = {
    id: `evt_01kazv3c5me2n4p6q8r0s2${sequence}`,
    occurredAt: new Date(),
    environment: "sandbox",
  } as const;
  const body =
    type === "item.error"
      ? renderEvent({ ...event, type, data: { ...EVENT_EXAMPLES[type], sequence } })
      : renderEvent({ ...event, type, data: EVENT_EXAMPLES[type] });
  return { id: event.id, body, sequence };
}

interface Sending {
  keys?: SigningKey[];
  secondsAgo?: number;
  /** What is sent in place of the body that was signed. */
  sent?: string;
  headers?: Record<string, string>;
}

const { challenge } = EVENT_EXAMPLES["webhook.verification"];

describe.each(samples.filter((sample) => "command" in sample))("the receiver in $name", ({ name, command }) => {
  let child: ChildProcess;
  let url: string;
  const lines: string[] = [];

  const run = (env: Record<string, string>) =>
    spawn(command[0], command.slice(1), {
      cwd: folder(name),
      env: { PATH: process.env["PATH"], PYTHONPATH: process.env["PYTHONPATH"], ...env },
      stdio: ["ignore", "pipe", "ignore"],
    });

  beforeAll(async () => {
    const port = await freePortRange();
    url = `http://127.0.0.1:${port}/relink`;
    const started = run({ WEBHOOK_SECRET: secret.reveal(), PORT: String(port) });
    createInterface({ input: started.stdout }).on("line", (line) => void lines.push(line));
    child = started;
    await waitFor(async () => (await fetch(url)).status > 0, { timeoutMs: 25_000 });
  });
  afterAll(async () => {
    const ended = exitOf(child);
    child.kill();
    await ended;
  });

  async function send(event: SentEvent, { keys = [key], secondsAgo = 0, sent, headers }: Sending = {}) {
    const at = new Date(Date.now() - secondsAgo * 1_000);
    const signed = deliveryHeaders({ eventId: event.id, deliveryId: null, attempt: 1, at, body: event.body, keys });
    return fetch(url, { method: "POST", headers: { ...signed, ...headers }, body: sent ?? event.body });
  }

  const linesOf = ({ sequence }: SentEvent) => lines.filter((line) => line.split(" ").includes(String(sequence)));

  /** Waits until it has acted on these, and on an event that is sent now. It acts beside its answers, in any order. */
  async function settled(...taken: SentEvent[]): Promise<void> {
    const last = newEvent();
    expect((await send(last)).status).toBe(204);
    await waitFor(() => [...taken, last].every((event) => linesOf(event).length > 0));
  }

  test("takes an event that is signed, and acts on it", async () => {
    const event = newEvent();
    expect((await send(event)).status).toBe(204);
    await settled(event);
    const { item_id } = EVENT_EXAMPLES["item.error"];
    expect(linesOf(event)).toEqual([`item.error ${item_id} ${event.sequence} login_required`]);
  });

  test("acts once on an event that comes again", async () => {
    const event = newEvent();
    expect((await send(event)).status).toBe(204);
    expect((await send(event, { secondsAgo: -1 })).status).toBe(204);
    await settled(event);
    expect(linesOf(event)).toHaveLength(1);
  });

  test("takes an event while the secret is replaced, and beside a signature of another kind", async () => {
    const event = newEvent();
    expect((await send(event, { keys: [otherKey, edKey, key] })).status).toBe(204);
    await settled(event);
    expect(linesOf(event)).toHaveLength(1);
  });

  test("repeats a challenge that is signed", async () => {
    const answer = await send(newEvent("webhook.verification"));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(await answer.json()).toEqual({ challenge });
  });

  test("repeats no challenge for a stranger", async () => {
    const answer = await send(newEvent("webhook.verification"), { keys: [otherKey] });
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain(challenge);
  });

  test.each<[string, Sending]>([
    ["a signature by another secret", { keys: [otherKey] }],
    ["a signature of a kind that it does not know", { keys: [edKey] }],
    ["a body that was changed", { sent: newEvent().body }],
    ["no body", { sent: "" }],
    ["a request that is too old", { secondsAgo: 310 }],
    ["a request from the future", { secondsAgo: -310 }],
    ["a time that is none", { headers: { "webhook-timestamp": "now" } }],
    [
      "another time than what was signed",
      { headers: { "webhook-timestamp": String(Math.floor(Date.now() / 1e3) - 9) } },
    ],
    ["another id than what was signed", { headers: { "webhook-id": "evt_01kazv3c5me2n4p6q8r0s2t4v6" } }],
    ["a signature that is none", { headers: { "webhook-signature": "nonsense" } }],
    ["no signature", { headers: { "webhook-signature": "" } }],
  ])("refuses %s", async (_what, sending) => {
    const event = newEvent();
    expect((await send(event, sending)).status).toBe(401);
    await settled();
    expect(linesOf(event)).toEqual([]);
  });

  test.each([{ WEBHOOK_SECRET: "" }, {}])("does not start without a secret: %j", async (env) => {
    expect((await exitOf(run({ PORT: "0", ...env }))).code).not.toBe(0);
  });
});

describe.each(samples.filter((sample) => "missing" in sample))("the receiver in $name", ({ name, missing }) => {
  test("is tested", ({ skip }) => {
    process.stderr.write(`samples/receivers/${name} is NOT TESTED on this machine: ${missing}\n`);
    skip(missing);
  });
});
