import { RelinkError } from "@relink/core";
import { type Browser, chromium } from "playwright-core";
import { findProgram } from "./find-program.ts";

/** No Chromium is installed. */
export class ChromiumNotFoundError extends RelinkError {
  override readonly name = "ChromiumNotFoundError";
  readonly code = "ERR_CHROMIUM_NOT_FOUND";
  readonly retryable = false;

  constructor() {
    super("no Chromium on this machine: install chromium (on Debian: apt-get install chromium)");
  }
}

/** The path of the machine's Chromium or Chrome. */
export function findChromium(): string | undefined {
  return findProgram([
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ]);
}

/**
 * Starts the machine's own Chromium without a window. Close it when done.
 *
 * @throws {@link ChromiumNotFoundError}
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new ChromiumNotFoundError();
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox", // it would need rights that root in a container does not have; only our own pages are opened
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
