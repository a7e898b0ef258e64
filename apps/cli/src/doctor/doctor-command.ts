import { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import { createReport } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { textTable } from "../text-table.ts";
import { type Finding, runCheck } from "./finding.ts";
import { readVisibleSettings } from "./visible-settings.ts";

/** `relink doctor`: is everything as it should be? */
export function doctorCommand(terminal: Terminal, endWith: (exitCode: number) => void): Command {
  return new Command("doctor")
    .description("look at settings, stores, Plaid, the webhook URL, clocks and the mail server")
    .addHelpText(
      "after",
      `
Looks at what the settings in the environment lead to, changes nothing and sends no mail. Run it where the apps run, with
their settings; what is not set is not looked at.

Exit code 1 if something has failed. Warnings leave it at 0.

Example:
  relink doctor --json | jq -r 'select(.state == "failed") | .message'`,
    )
    .action(async (_options, self: Command) => {
      // What it takes to look at everything takes longer to load than other commands to run.
      const { checksFor } = await import("./checks-for.ts");
      const { settings, findings } = readVisibleSettings(terminal.env);
      const checks = checksFor(settings);
      const found = await Promise.all(checks.map(([name, check]) => runCheck(name, check)));
      const all: Finding[] = [...findings, ...found.flat()];

      const report = createReport(terminal, self.optsWithGlobals<{ json?: true }>().json === true);
      for (const finding of all) report.detail(finding, "");
      const failed = all.filter(({ state }) => state === "failed").length;
      const warnings = all.filter(({ state }) => state === "warning").length;
      report.result({ failed, warnings }, textTable(all.map(({ state, check, message }) => [state, check, message])));
      if (failed > 0) endWith(EXIT.refused);
    });
}
