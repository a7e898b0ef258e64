// What every command does before the rest of Relink can run: plain JavaScript for Node 20, with nothing installed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ensureInstalled, LIBATOMIC } from "./install-programs.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIN = join(ROOT, "node_modules/.bin");
const NODE = join(BIN, "node");

/**
 * Of npm's own variables only those that say how the registry is reached. The others (`omit`, `prefix`, `workspace`, …)
 * come from the npm that called us and would change what is installed.
 */
const KEPT_NPM =
  /^npm_config_(registry|cache|userconfig|globalconfig|https?_proxy|proxy|noproxy|ca|cafile|strict_ssl|.*:.*)$/i;

function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name) || KEPT_NPM.test(name));
  return {
    ...Object.fromEntries(kept.filter(([name]) => name !== "NODE_ENV" && name !== "INIT_CWD")),
    PATH: [BIN, process.env.PATH ?? ""].join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
    npm_config_update_notifier: "false",
  };
}

/** Ends the process after one line for a person: what is wrong and what to do. */
export function fail(message) {
  process.stderr.write(`\nrelink: ${message}\n`);
  process.exit(1);
}

/**
 * Runs a program in a process group of its own and leaves nothing of that group behind, however the program ends.
 *
 * A signal reaches the program itself and no other process of the group, so that it can stop what it started in good
 * order. A second one, a second or more later, ends everything at once.
 *
 * @returns its exit code.
 */
async function runInOwnGroup(command, args, stdio, onOutput) {
  const child = spawn(command, args, { cwd: ROOT, env: environment(), stdio, detached: true });
  child.stdout?.on("data", onOutput);
  child.stderr?.on("data", onOutput);

  let firstSignalAt;
  const forward = (signal) => {
    const now = performance.now();
    firstSignalAt ??= now;
    // npm passes on the SIGINT that the terminal has sent to us already: that is one Ctrl-C, not two.
    if (now - firstSignalAt < 1_000) child.kill(signal);
    else signalGroup(child.pid, "SIGKILL");
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  // npm, killed, tells nobody. `exec` in package.json makes it our parent, in the place of the shell that it starts. Without
  // npm a new parent means nothing: we were put into the background.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent) forward("SIGTERM");
  }, 500);

  const { code, error } = await new Promise((resolve) => {
    child.once("error", (cause) => resolve({ error: cause }));
    child.once("exit", (exitCode) => resolve({ code: exitCode ?? (firstSignalAt === undefined ? 1 : 130) }));
  });
  clearInterval(watch);
  if (error !== undefined) fail(`cannot run ${command}: ${error.message}`);
  await sweepGroup(child.pid);
  for (const signal of signals) process.off(signal, forward);
  return { code, wasStopped: firstSignalAt !== undefined };
}

/** @returns false if the group is empty. */
function signalGroup(group, signal) {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

async function sweepGroup(group) {
  const started = performance.now();
  signalGroup(group, "SIGINT");
  while (signalGroup(group, 0)) {
    const waitedMs = performance.now() - started;
    if (waitedMs > 12_000) return; // what is left now has ended, and nobody has collected it
    if (waitedMs > 10_000) signalGroup(group, "SIGKILL");
    await delay(50);
  }
}

/** Installs the packages if the lock file has changed since they were installed last. */
export async function installPackages() {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const stamp = join(ROOT, "node_modules/.relink-installed");
  const wanted = createHash("sha256")
    .update([process.platform, process.arch, packageManager].join())
    .update(readFileSync(join(ROOT, "pnpm-lock.yaml")))
    .update(readFileSync(join(ROOT, "pnpm-workspace.yaml")))
    .digest("hex");
  if (existsSync(stamp) && existsSync(NODE) && readFileSync(stamp, "utf8") === wanted) return;

  const started = performance.now();
  process.stdout.write("relink: installing packages (the first time, this takes a minute or two)\n");
  const output = [];
  const install = ["install", "--frozen-lockfile", "--prod=false", "--config.confirm-modules-purge=false"];
  const { code, wasStopped } = await runInOwnGroup(
    "npx",
    ["--yes", packageManager, ...install],
    ["ignore", "pipe", "pipe"],
    (chunk) => output.push(chunk),
  );
  if (wasStopped) process.exit(130);
  if (code !== 0) {
    process.stderr.write(Buffer.concat(output));
    fail("the packages could not be installed: the lines above say why");
  }
  checkNode();
  writeFileSync(stamp, wanted);
  process.stdout.write(`relink: packages installed in ${Math.round((performance.now() - started) / 1000)} s\n`);
}

/** The Node that came with the packages has to run here: it needs more of the system than the one that runs this. */
function checkNode() {
  const tried = () => spawnSync(NODE, ["--version"], { encoding: "utf8" });
  let { status, stderr } = tried();
  if (status !== 0 && stderr?.includes("libatomic")) {
    const problem = ensureInstalled(LIBATOMIC);
    if (problem !== undefined) fail(problem);
    ({ status, stderr } = tried());
  }
  if (status !== 0) fail(`the Node that the packages bring does not run on this machine: ${stderr}`);
}

/**
 * Runs one of our TypeScript scripts with the Node that the packages bring, and ends this process as that one ended.
 *
 * @param file - in this folder.
 */
export async function runScript(file, args = []) {
  // The channel closes when this process ends, however it ends: the script takes that for a signal to stop.
  const stdio = ["ignore", "inherit", "inherit", "ipc"];
  const { code } = await runInOwnGroup(NODE, [join(ROOT, "scripts", file), ...args], stdio);
  process.exit(code);
}

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 20) fail(`Node ${process.versions.node} is too old: install Node 20 or newer`);
