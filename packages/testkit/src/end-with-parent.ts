// Loaded before an app's own code (`node --import`): when whoever started this process is gone, however it ended, the
// app closes as it does on SIGTERM.
process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
