import { run } from "@relink/service";
import { parseApiConfig } from "./config.ts";
import { createApi } from "./create-api.ts";

await run("api", () => createApi(parseApiConfig(process.env)));
