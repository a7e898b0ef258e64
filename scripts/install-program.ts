import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { RelinkError } from "@relink/core";
import { findChromium, findProgram, findRedisServer } from "@relink/testkit";

/** A program from outside is missing and could not be installed. */
export class ProgramMissingError extends RelinkError {
  override readonly name = "ProgramMissingError";
  readonly code = "ERR_PROGRAM_MISSING";
  readonly retryable = false;
}

/** What each package manager calls a package. */
type Packages = Record<"apt-get" | "dnf" | "apk" | "brew", readonly string[]>;

interface Program {
  name: string;
  find: () => string | undefined;
  packages: Packages;
}

export const REDIS: Program = {
  name: "Redis",
  find: findRedisServer,
  packages: { "apt-get": ["redis-server"], dnf: ["valkey"], apk: ["valkey"], brew: ["valkey"] },
};

export const CHROMIUM: Program = {
  name: "Chromium",
  find: findChromium,
  packages: { "apt-get": ["chromium"], dnf: ["chromium"], apk: ["chromium"], brew: ["--cask", "chromium"] },
};

const INSTALL = {
  "apt-get": ["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"],
  dnf: ["install", "-y"],
  apk: ["add"],
  brew: ["install"],
} satisfies Record<keyof Packages, readonly string[]>;

/**
 * Makes sure that a program is installed, through the system's package manager where we may use it: as root, with a sudo
 * that asks for no password, or with Homebrew.
 *
 * @param instead - what else a person can do, said if the program cannot be had.
 * @throws {@link ProgramMissingError} saying what to install.
 */
export async function ensureProgram(program: Program, instead = ""): Promise<void> {
  if (program.find() !== undefined) return;
  const manager = (Object.keys(INSTALL) as (keyof Packages)[]).find((name) => findProgram([name]) !== undefined);
  if (manager === undefined) throw new ProgramMissingError(`${program.name} is missing: install it${instead}`);

  const packages = program.packages[manager];
  const byHand = [manager, "install", ...packages].join(" ").replace("apk install", "apk add");
  const rights = await rightsFor(manager);
  if (rights === undefined) {
    throw new ProgramMissingError(`${program.name} is missing: run \`sudo ${byHand}\`, then start again${instead}`);
  }
  console.log(`relink: installing ${program.name} with ${manager}`);
  // On a new machine the lists are empty. If a source does not answer, what is wanted may be in another one.
  const update = manager === "apt-get" ? await run([...rights, manager, "update"]) : "";
  const output = update + (await run([...rights, manager, ...INSTALL[manager], ...packages]));
  if (program.find() === undefined) {
    throw new ProgramMissingError(
      `${output}\n${program.name} could not be installed, the lines above say why: run \`${byHand}\` by hand${instead}`,
    );
  }
  if (program === REDIS && existsSync("/run/systemd/system")) {
    console.log("relink: the package may have started a Redis of the system too, which Relink does not use");
  }
}

/** What comes before the command, or `undefined` if we may not install. */
async function rightsFor(manager: keyof Packages): Promise<readonly string[] | undefined> {
  const noQuestions = ["env", "DEBIAN_FRONTEND=noninteractive"];
  if (manager === "brew") return [];
  if (process.getuid?.() === 0) return noQuestions;
  if (findProgram(["sudo"]) === undefined) return undefined;
  const mayAll = (await exitCode(spawn("sudo", ["-n", "true"], { stdio: "ignore" }))) === 0;
  return mayAll ? ["sudo", "-n", ...noQuestions] : undefined;
}

async function run([command = "", ...args]: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  await exitCode(child);
  return Buffer.concat(chunks).toString();
}

async function exitCode(child: ReturnType<typeof spawn>): Promise<unknown> {
  const [code] = (await once(child, "close")) as unknown[];
  return code;
}
