// The container's health check: is the app ready? It asks on the port that the app's health is on.
import { PORT_OFFSET } from "../../packages/service/src/settings.ts";

const offset: Record<string, number> = {
  ingress: PORT_OFFSET.ingressInside,
  worker: PORT_OFFSET.workerInside,
  link: PORT_OFFSET.linkInside,
  api: PORT_OFFSET.api,
  sandbox: PORT_OFFSET.sandbox,
};
const port = Number(process.env["RELINK_PORT"] ?? 4000) + (offset[process.env["APP"] ?? ""] ?? 0);
const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`);
process.exit(ok ? 0 : 1);
