import { writeFile } from "node:fs/promises";
import { renderTypes, TYPES_FILE } from "./render-types.ts";

await writeFile(TYPES_FILE, await renderTypes());
