import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PORT_OFFSET } from "@relink/service";
import { childrenOf, exitOf, freePortRange, inbox, isPortFree, signal, waitFor, waitUntilGone } from "@relink/testkit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ROOT } from "./run-task.ts";

let dataDir: string;
let firstPort: number;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "relink-start-"));
  firstPort = await freePortRange();
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

/** For what takes a second or two where nothing else runs. */
const PATIENCE = { timeoutMs: 60_000 };

interface Run {
  npm: ChildProcess;
  /** What it has started, once it is ready. */
  pids: number[];
  lines: string[];
  ended: ReturnType<typeof exitOf>;
  /** Resolves with the line, or with `undefined` if the command ended without it. */
  line(wanted: RegExp): Promise<string | undefined>;
}

/** `npm start` or another of our commands as a person calls it, in a process group of its own like a terminal's job. */
function npm(command: string, env: Record<string, string> = {}): Run {
  const { PATH, HOME } = process.env;
  const child = spawn("npm", command.split(" "), {
    cwd: ROOT,
    detached: true,
    env: { PATH, HOME, RELINK_DATA_DIR: dataDir, RELINK_PORT: String(firstPort), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const waiting: { wanted: RegExp; found: (line: string) => void }[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      for (const { found } of waiting.filter(({ wanted }) => wanted.test(line))) found(line);
    });
  }
  const ended = exitOf(child);
  const pids: number[] = [];
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
    for (const pid of await waitUntilGone(pids, 1_000)) signal(pid, "SIGKILL");
    await waitUntilGone(pids, 5_000);
  });
  return {
    npm: child,
    pids,
    lines,
    ended,
    line: (wanted) =>
      new Promise((resolve) => {
        const seen = lines.find((line) => wanted.test(line));
        if (seen !== undefined) resolve(seen);
        waiting.push({ wanted, found: resolve });
        void ended.then(() => resolve(undefined));
      }),
  };
}

async function descendants(pid: number): Promise<number[]> {
  const children = await childrenOf(pid);
  return [...children, ...(await Promise.all(children.map(descendants))).flat()];
}

/** Starts, waits until it is ready, and lists all that it has started. */
async function ready(): Promise<Run> {
  const run = npm("start");
  if ((await run.line(/^relink is ready$/)) === undefined) throw new Error(run.lines.join("\n"));
  run.pids.push(...(await descendants(Number(run.npm.pid))));
  expect(run.pids.length).toBeGreaterThan(7);
  return run;
}

describe("npm start", { timeout: 300_000 }, () => {
  test("seeds Items, says how to break one, and that works; Ctrl-C leaves no process", async () => {
    const { npm, ended, lines, pids } = await ready();
    expect(lines.at(-1)).toBe("relink is ready");
    // As curl would send it, which is not on every machine.
    const command = lines.find((line) => line.includes("/control/items/")) ?? "";
    const [, url = "", body = ""] =
      /curl -s -X POST (\S+) -H 'content-type: application\/json' -d '(.*)'/.exec(command) ?? [];
    const broken = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(broken.status).toBe(200);
    const mails = inbox(`http://localhost:${firstPort + PORT_OFFSET.sandbox}`);
    expect(url).toContain(`localhost:${firstPort + PORT_OFFSET.sandbox}/`);
    const mail = await mails.waitForMail("kenji@example.com", PATIENCE);
    expect(mail.Subject).toBe("Acme Money: reconnect First Platypus Bank");
    // The others are to the users whose Items were broken from the start.
    await waitFor(async () => {
      const mailed = (await mails.messages()).flatMap((sent) => sent.To.map((to) => to.Address)).toSorted();
      expect(mailed).toEqual(["hannah", "jonas", "kenji", "priya"].map((user) => `${user}@example.com`));
      return true;
    }, PATIENCE);

    // What a terminal does on Ctrl-C: the signal goes to the whole job.
    process.kill(-Number(npm.pid), "SIGINT");
    await ended;
    expect(await waitUntilGone(pids, PATIENCE.timeoutMs)).toEqual([]);
    expect(lines.at(-1)).toBe("relink has stopped");
  });

  test("a signal for npm alone leaves no process", async () => {
    const { npm, ended, pids } = await ready();
    npm.kill("SIGTERM");
    await ended;
    expect(await waitUntilGone(pids, PATIENCE.timeoutMs)).toEqual([]);
  });

  test.each(["npm", "the script", "the process that started the apps"])("killing %s leaves no process", async (who) => {
    const { npm, ended, pids } = await ready();
    const [script = 0] = await childrenOf(Number(npm.pid));
    const dev = Number(await readFile(join(dataDir, "pid"), "utf8"));
    process.kill({ npm: Number(npm.pid), "the script": script }[who] ?? dev, "SIGKILL");
    await ended;
    expect(await waitUntilGone(pids, PATIENCE.timeoutMs)).toEqual([]);
  });

  test("an app that dies takes the rest with it, and is named with its last lines", async () => {
    const { ended, lines, pids } = await ready();
    const worker = await processOf(pids, "apps/worker/src/main.ts");
    process.kill(worker, "SIGKILL");
    expect((await ended).code).toBe(1);
    expect(await waitUntilGone(pids, PATIENCE.timeoutMs)).toEqual([]);
    expect(lines.join("\n")).toMatch(/worker \(SIGKILL\) has ended, so everything stops/);
  });

  test("a second one on the same data says how to stop the first", async () => {
    await ready();
    const second = npm("start");
    expect((await second.ended).code).toBe(1);
    expect(second.lines.join("\n")).toMatch(/Relink runs already on .*kill \d+/);
    const clear = npm("run clear-db");
    expect((await clear.ended).code).toBe(1);
    expect(clear.lines.join("\n")).toMatch(/Relink runs already/);
  });
});

test("a port in use is named, with what to set", async () => {
  const server = createServer();
  onTestFinished(() => void server.close());
  await once(server.listen(firstPort + 2), "listening");
  const run = npm("start");
  expect((await run.ended).code).toBe(1);
  expect(run.lines.join("\n")).toContain(`port ${firstPort + 2} (for api) in use`);
  expect(run.lines.join("\n")).toContain("RELINK_PORT=");
});

test.each([
  ["Postgres", { DATABASE_URL: "postgres://127.0.0.1:1/relink" }, /cannot migrate the database: .*check DATABASE_URL/],
  ["Redis", { REDIS_URL: "redis://127.0.0.1:1" }, /no Redis answers at REDIS_URL/],
])("a given %s that refuses is told in one line", async (_, env, message) => {
  const run = npm("start", env);
  expect((await run.ended).code).toBe(1);
  expect(run.lines.filter((line) => line.startsWith("relink: ")).at(-1)).toMatch(message);
  expect(await isPortFree(firstPort)).toBe(true);
});

test("clear-db empties the stores and keeps the keys", async () => {
  const keys = await readFile(join(dataDir, "secrets.json"), "utf8");
  const run = npm("run clear-db");
  expect((await run.ended).code).toBe(0);
  expect(await readFile(join(dataDir, "secrets.json"), "utf8")).toBe(keys);
  await expect(readFile(join(dataDir, "postgres/PG_VERSION"))).rejects.toMatchObject({ code: "ENOENT" });
});

async function processOf(pids: readonly number[], argument: string): Promise<number> {
  for (const pid of pids) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.includes(argument)) return pid;
  }
  throw new TypeError(`none of the processes runs ${argument}`);
}
