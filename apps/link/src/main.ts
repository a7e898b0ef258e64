import { run } from "@relink/service";
import { parseLinkConfig } from "./config.ts";
import { createLink } from "./create-link.ts";

await run("link", () => createLink(parseLinkConfig(process.env)));
