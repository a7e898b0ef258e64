import { readSettings, run } from "@relink/service";
import { z } from "zod";
import { createVariant } from "./create-variant.ts";

await run("variant", () => {
  const settings = readSettings(
    "variant",
    {
      VARIANT: z.enum(["read", "verify"]),
      WEBHOOK_KEY: z.string(),
      PORT: z.coerce.number(),
      INSIDE_PORT: z.coerce.number(),
    },
    process.env,
  );
  return createVariant({
    variant: settings.VARIANT,
    jwk: JSON.parse(settings.WEBHOOK_KEY) as unknown,
    port: settings.PORT,
    insidePort: settings.INSIDE_PORT,
  });
});
