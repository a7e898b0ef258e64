import { type EndingConsents, endingConsents } from "@relink/db";
import { readSettings, setting } from "@relink/service";
import { Command, Option } from "commander";
import { withDatabase } from "../open-database.ts";
import { parseWhole } from "../parse-option.ts";
import { count, createReport } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { textTable } from "../text-table.ts";

/** `relink forecast`: whose turn it will be in the weeks to come. */
export function forecastCommand(terminal: Terminal): Command {
  return new Command("forecast")
    .description("count the connections that end per week and bank unless their users renew them")
    .addOption(
      new Option("--weeks <n>", "how many, this one being the first").argParser(parseWhole(1, 520)).default(12),
    )
    .addHelpText(
      "after",
      `
From what Plaid announced, and from the end of each consent as Plaid said it last. Weeks begin on Monday, in UTC.

Examples:
  relink forecast
  relink forecast --weeks 4 --json | jq -r 'select(.week) | [.week, .institution_id, .items] | @csv'`,
    )
    .action(async (_options, self: Command) => {
      const { weeks, json } = self.optsWithGlobals<{ weeks: number; json?: true }>();
      const settings = readSettings(
        "relink",
        { DATABASE_URL: setting.databaseUrl, PLAID_ENV: setting.plaidEnv },
        terminal.env,
      );
      const ending = await withDatabase(settings.DATABASE_URL, ({ db }) =>
        endingConsents(db, { environment: settings.PLAID_ENV, weeks }),
      );
      const report = createReport(terminal, json === true);
      for (const { week, institutionId, institutionName, items } of ending) {
        report.detail({ week, institution_id: institutionId, institution_name: institutionName, items }, "");
      }
      const items = ending.reduce((sum, row) => sum + row.items, 0);
      report.result({ weeks, items }, forecastText(ending, { weeks, items }));
    });
}

function forecastText(ending: readonly EndingConsents[], { weeks, items }: { weeks: number; items: number }): string {
  if (items === 0) return `No connection ends within ${weeks} week(s), as far as Plaid has said.`;
  const rows = [...Map.groupBy(ending, ({ week }) => week)].flatMap(([week, banks]) =>
    banks.map(({ institutionId, institutionName, items: ends }, index) => [
      index === 0 ? week : "",
      institutionName ?? institutionId ?? "(unknown bank)",
      count(ends),
    ]),
  );
  return textTable(
    [["week of", "bank", "connections"], ...rows, ["", "together", count(items)]],
    ["left", "left", "right"],
  );
}
