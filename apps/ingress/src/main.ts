import { run } from "@relink/service";
import { parseIngressConfig } from "./config.ts";
import { createIngress } from "./create-ingress.ts";

await run("ingress", () => createIngress(parseIngressConfig(process.env)));
