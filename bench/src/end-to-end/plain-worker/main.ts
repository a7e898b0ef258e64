import { readSettings, run } from "@relink/service";
import { z } from "zod";
import { createPlainWorker } from "./create-plain-worker.ts";

await run("plain-worker", () => {
  const settings = readSettings(
    "plain-worker",
    { DATABASE_URL: z.string(), REDIS_URL: z.string(), PORT: z.coerce.number(), INSIDE_PORT: z.coerce.number() },
    process.env,
  );
  return createPlainWorker({
    databaseUrl: settings.DATABASE_URL,
    redisUrl: settings.REDIS_URL,
    insidePort: settings.INSIDE_PORT,
  });
});
