#!/usr/bin/env node
import { runCli } from "./run-cli.ts";

const interrupted = new AbortController();
// Once: who asks twice does not want to wait, and no statement can be left half done.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  in: process.stdin,
  out: process.stdout,
  err: process.stderr,
  signal: interrupted.signal,
});
