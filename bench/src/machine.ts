import { cpus, totalmem } from "node:os";

/** What the figures were measured on, for the line above them. */
export function describeMachine(): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${first?.model.trim() ?? "unknown CPU"}, ${cpus().length} cores, ${gigabytes} GiB, Node ${process.version}`;
}
