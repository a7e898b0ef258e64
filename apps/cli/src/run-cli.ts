import { RelinkError } from "@relink/core";
import { isUnavailable, sqlState } from "@relink/db";
import { refuseUncheckedTls } from "@relink/service";
import { Command, CommanderError } from "commander";
import { EXIT } from "./exit-codes.ts";
import { keysCommand } from "./keys/keys-command.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Runs one command of `relink`, the operators' command line. Results go to `out`; progress and errors go to `err`.
 *
 * @param args - without the program's own name.
 * @returns the exit code: one of {@link EXIT}.
 */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = new Command("relink")
    .description("The operators' command line of Relink.")
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.err.write(text),
    })
    .configureHelp({ showGlobalOptions: true })
    .option("--json", "print the result as one JSON object")
    .exitOverride()
    .addHelpText(
      "after",
      `
Settings, from the environment:
  DATABASE_URL      Postgres, with the role relink_operator
  ENCRYPTION_KEYS   as the apps have it

Exit codes: 0 done, 1 refused or not complete, 2 not understood, 70 unexpected, 130 interrupted in good order`,
    );
  program.addCommand(keysCommand(terminal, (code) => (exitCode = code)));
  // Sub-commands are made apart, and would end the process by themselves.
  for (const command of program.commands)
    for (const one of [command, ...command.commands]) one.copyInheritedSettings(program);
  try {
    refuseUncheckedTls(terminal.env);
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const explained = explain(error);
    terminal.err.write(`relink: ${explained ?? String(error instanceof Error ? error.stack : error)}\n`);
    return explained === undefined ? EXIT.unexpected : EXIT.refused;
  }
}

/** What to do about an error that a person can correct. */
function explain(error: unknown): string | undefined {
  if (error instanceof RelinkError) return error.message;
  const state = sqlState(error);
  if (state === "42501") return "the role of DATABASE_URL may not do this: use relink_operator";
  if (state === "42P01") return "the database is not up to date: migrate it first";
  if (state?.startsWith("28")) return "Postgres does not know this user and password: check DATABASE_URL";
  if (isUnavailable(error)) {
    return "Postgres does not answer, or not any more: check DATABASE_URL; the same command goes on from where it stopped";
  }
  return undefined;
}
