import { run } from "@relink/service";
import { parseApiConfig } from "./config.ts";
import { createApi } from "./create-api.ts";

await run("api", () => {
  const config = parseApiConfig(process.env);
  // Only its hash is needed from here on, and a diagnostic report of Node lists the environment.
  delete process.env["RELINK_ADMIN_API_KEY"];
  return createApi(config);
});
