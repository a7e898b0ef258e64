import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { RelinkError } from "@relink/core";
import { z } from "zod";
import type { AssetPaths } from "#pages";

/** The files for the browser are not there. */
export class AssetsMissingError extends RelinkError {
  override readonly name = "AssetsMissingError";
  readonly code = "ERR_ASSETS_MISSING";
  readonly retryable = false;
}

const DIST = new URL("../dist/", import.meta.url);
const Manifest = z.object({ script: z.string(), style: z.string() });

/** Where the browser's files lie. */
export const ASSET_FOLDER = fileURLToPath(new URL("assets/", DIST));

/**
 * The paths of the browser's files, with the hash of their content in them.
 *
 * @throws {@link AssetsMissingError} before they are built.
 */
export function readAssetPaths(): Pick<AssetPaths, "script" | "style"> {
  try {
    const { script, style } = Manifest.parse(JSON.parse(readFileSync(new URL("assets.json", DIST), "utf8")));
    return { script: `/assets/${script}`, style: `/assets/${style}` };
  } catch (cause) {
    throw new AssetsMissingError("the pages are not built: run pnpm build", { cause });
  }
}
