import { run } from "@relink/service";
import { parseWorkerConfig } from "./config.ts";
import { createWorker } from "./create-worker.ts";

await run("worker", () => createWorker(parseWorkerConfig(process.env)));
