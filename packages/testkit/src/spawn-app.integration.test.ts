import { expect, onTestFinished, test } from "vitest";
import { freePortRange } from "./free-port.ts";
import { spawnApp } from "./spawn-app.ts";

test("an app whose port another one listens on does not pass for ready", async () => {
  const port = await freePortRange();
  const first = await spawnApp("sandbox", { LOG_LEVEL: "error" }, { port });
  onTestFinished(async () => void (await first.stop()));
  await expect(spawnApp("sandbox", { LOG_LEVEL: "error" }, { port })).rejects.toThrow(
    `sandbox does not start: it ended with 1\nport ${port + 3} is in use`,
  );
});
