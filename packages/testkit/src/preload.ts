// Loaded before an app's own code (`node --import`): what a test may do with the app from outside.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

// When whoever started this process is gone, however it ended, the app closes as it does on SIGTERM.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

process.on("message", (message) => {
  if (message !== "heap") return;
  collectGarbage();
  process.send?.({ heapBytes: process.memoryUsage().heapUsed });
});
