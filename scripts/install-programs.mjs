// What Relink needs of the system beside its packages. Plain JavaScript for Node 20: some of it is needed before the
// Node that runs the rest can start.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where each program, or library, is looked for, and what each package manager calls its package. */
export const REDIS = {
  name: "Redis",
  programs: ["redis-server", "valkey-server"],
  packages: { "apt-get": ["redis-server"], dnf: ["valkey"], apk: ["valkey"], brew: ["valkey"] },
};

export const CHROMIUM = {
  name: "Chromium",
  programs: [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ],
  packages: { "apt-get": ["chromium"], dnf: ["chromium"], apk: ["chromium"], brew: ["--cask", "chromium"] },
};

/** Node 26 is linked against it, and a small Debian image does not have it. */
export const LIBATOMIC = {
  name: "libatomic",
  programs: [],
  packages: { "apt-get": ["libatomic1"], dnf: ["libatomic"], apk: ["libatomic"], brew: [] },
};

const INSTALL = {
  "apt-get": ["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"],
  dnf: ["install", "-y"],
  apk: ["add"],
  brew: ["install"],
};

/** @returns the path of the first of them that is there. */
function find(programs) {
  // A login without root's PATH still finds what packages put into the system's folders.
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const paths = programs.flatMap((name) => (name.startsWith("/") ? [name] : folders.map((path) => join(path, name))));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Makes sure that something is installed, through the system's package manager where we may use it: as root, with a sudo
 * that asks for no password, or with Homebrew.
 *
 * @param wanted - one of the above.
 * @returns undefined if it is there, or else a line that says what to do.
 */
export function ensureInstalled(wanted) {
  if (find(wanted.programs) !== undefined) return undefined;
  const manager = Object.keys(INSTALL).find((name) => find([name]) !== undefined);
  if (manager === undefined) return `${wanted.name} is missing: install it, then start again`;

  const packages = wanted.packages[manager];
  const byHand = `${manager} ${INSTALL[manager][0]} ${packages.join(" ")}`;
  const rights = rightsFor(manager);
  if (rights === undefined) return `${wanted.name} is missing: run \`sudo ${byHand}\`, then start again`;

  process.stdout.write(`relink: installing ${wanted.name} with ${manager}\n`);
  // On a new machine the lists are empty. If one source does not answer, what is wanted may be in another.
  const update = manager === "apt-get" ? run([...rights, manager, "update"]) : { output: "" };
  const install = run([...rights, manager, ...INSTALL[manager], ...packages]);
  if (!install.ok) {
    process.stderr.write(`${update.output}${install.output}\n`);
    return `${wanted.name} could not be installed, the lines above say why: run \`${byHand}\` by hand, then start again`;
  }
  if (wanted === REDIS && existsSync("/run/systemd/system")) {
    process.stdout.write("relink: the package may have started a Redis of the system too, which Relink does not use\n");
  }
  return undefined;
}

/** What comes before the command, or undefined if we may not install. */
function rightsFor(manager) {
  const askNothing = ["env", "DEBIAN_FRONTEND=noninteractive"];
  if (manager === "brew") return [];
  if (process.getuid?.() === 0) return askNothing;
  return run(["sudo", "-n", "true"]).ok ? ["sudo", "-n", ...askNothing] : undefined;
}

function run([command, ...args]) {
  const { status, stdout, stderr } = spawnSync(command, args, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  return { ok: status === 0, output: `${stdout ?? ""}${stderr ?? ""}` };
}
