import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Where the time of a process went. */
export interface ProfileLine {
  where: string;
  /** Of the time that the process was at work. */
  percent: number;
}

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  samples: number[];
  timeDeltas: number[];
}

const ROOT = new URL("../../../", import.meta.url).href;

/**
 * The functions that took most time themselves, without what they called.
 *
 * @param folder - holds the one profile that `node --cpu-prof` left there.
 */
export async function readProfile(folder: string, lines: number): Promise<ProfileLine[]> {
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error(`there is no profile in ${folder}`);
  const profile = JSON.parse(await readFile(join(folder, file), "utf8")) as CpuProfile;
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url.replace(/^.*\/node_modules\//, "").replace(ROOT, "");
      return [id, `${functionName || "(anonymous)"}${place && ` ${place}:${lineNumber + 1}`}`];
    }),
  );
  const spent = new Map<string, number>();
  let busy = 0;
  for (const [index, sample] of profile.samples.entries()) {
    const where = names.get(sample) ?? "?";
    if (where === "(idle)") continue;
    const delta = profile.timeDeltas[index] ?? 0;
    busy += delta;
    spent.set(where, (spent.get(where) ?? 0) + delta);
  }
  return [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, lines)
    .map(([where, time]) => ({ where, percent: (time / busy) * 100 }));
}

/** Prints where the time of an app went that was started with `profile` and has ended. */
export async function printProfile(name: string, folder: string): Promise<void> {
  console.log(`\nwhere the time of the ${name} goes, by function itself:`);
  for (const { where, percent } of await readProfile(folder, 25)) {
    console.log(`${percent.toFixed(1).padStart(5)} %  ${where}`);
  }
}
