import { readSettings, run } from "@relink/service";
import type { JWK } from "jose";
import { z } from "zod";
import { createVariant } from "./create-variant.ts";

await run("variant", () => {
  const settings = readSettings(
    "variant",
    {
      VARIANT: z.enum(["read", "verify", "queue"]),
      WEBHOOK_KEY: z.string(),
      REDIS_URL: z.string(),
      PORT: z.coerce.number(),
      INSIDE_PORT: z.coerce.number(),
    },
    process.env,
  );
  return createVariant({
    variant: settings.VARIANT,
    jwk: JSON.parse(settings.WEBHOOK_KEY) as JWK,
    redisUrl: settings.REDIS_URL,
    port: settings.PORT,
    insidePort: settings.INSIDE_PORT,
  });
});
