import { describeError, refuseUncheckedTls } from "@relink/service";
import { Command, CommanderError } from "commander";
import { doctorCommand } from "./doctor/doctor-command.ts";
import { EXIT } from "./exit-codes.ts";
import { explain } from "./explain.ts";
import { forecastCommand } from "./forecast/forecast-command.ts";
import { itemsCommand } from "./items/items-command.ts";
import { keysCommand } from "./keys/keys-command.ts";
import type { Terminal } from "./terminal.ts";
import { webhooksCommand } from "./webhooks/webhooks-command.ts";

/**
 * Runs one command of `relink`, the operators' command line. Results go to `out`; progress and errors go to `err`.
 *
 * @param args - without the program's own name.
 * @param overrides.minuteMs - how long a minute of Plaid's limits is; tests make it short.
 * @returns the exit code: one of {@link EXIT}.
 */
export async function runCli(
  args: readonly string[],
  terminal: Terminal,
  overrides: { minuteMs?: number } = {},
): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = new Command("relink")
    .description("The operators' command line of Relink.")
    .configureOutput({
      writeOut: (text) => void terminal.out.write(text),
      writeErr: (text) => void terminal.err.write(text),
    })
    .configureHelp({ showGlobalOptions: true })
    .option("--json", "print one JSON object a line, the result as the last one")
    .exitOverride()
    .addHelpText(
      "after",
      `
Settings, from the environment, as the apps have them:
  DATABASE_URL         Postgres, with the role relink_operator for keys, and relink_api for everything else
  PLAID_ENV            for items, webhooks repoint and forecast
  PLAID_CLIENT_ID, PLAID_SECRET, PLAID_BASE_URL and ENCRYPTION_KEYS
                       for items and webhooks repoint; ENCRYPTION_KEYS also for keys
doctor looks at all of Relink's settings that are there.

Exit codes: 0 done, 1 refused or not complete, 2 not understood, 70 unexpected, 130 interrupted in good order`,
    );
  const endWith = (code: number): void => void (exitCode = code);
  program
    .addCommand(itemsCommand(terminal, endWith, overrides))
    .addCommand(webhooksCommand(terminal, endWith, overrides))
    .addCommand(forecastCommand(terminal))
    .addCommand(doctorCommand(terminal, endWith))
    .addCommand(keysCommand(terminal, endWith));
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
    // The rest of an unexpected error may repeat a statement with people's data in it.
    terminal.err.write(`relink: ${explained ?? JSON.stringify(describeError(error))}\n`);
    return explained === undefined ? EXIT.unexpected : EXIT.refused;
  }
}
