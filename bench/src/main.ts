// `pnpm bench <name>`: measures one thing on this machine, and prints what it measured and on what.
import { benchIngress } from "./ingress/bench-ingress.ts";

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  ingress: benchIngress,
};

const [name = "", ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`usage: pnpm bench <${Object.keys(BENCHES).join(" | ")}>`);
  process.exit(64);
}
await bench(args);
