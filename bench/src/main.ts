// `pnpm bench [name]`: measures one thing on this machine, or everything in turn, and prints what and on what.
import { benchBacklog } from "./backlog/bench-backlog.ts";
import { benchDeliveries } from "./deliveries/bench-deliveries.ts";
import { benchDeliveryTroubles } from "./deliveries/bench-delivery-troubles.ts";
import { benchEndToEnd } from "./end-to-end/bench-end-to-end.ts";
import { benchIngress } from "./ingress/bench-ingress.ts";
import { benchLatency } from "./latency/bench-latency.ts";
import { benchScale } from "./scale/bench-scale.ts";

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  ingress: benchIngress,
  "end-to-end": benchEndToEnd,
  latency: benchLatency,
  backlog: benchBacklog,
  deliveries: benchDeliveries,
  "delivery-troubles": benchDeliveryTroubles,
  scale: benchScale,
};

const [name, ...args] = process.argv.slice(2);
const chosen = name === undefined ? Object.values(BENCHES) : [BENCHES[name]];
for (const bench of chosen) {
  if (bench === undefined) {
    console.error(`usage: pnpm bench [${Object.keys(BENCHES).join(" | ")}]`);
    process.exit(64);
  }
  await bench(args);
  console.log("");
}
