import { ITEM_STATUS_KINDS, type ItemStatusKind } from "@relink/core";
import { readId, showId } from "@relink/service";
import { Command, InvalidArgumentError, Option } from "commander";
import { EXIT } from "../exit-codes.ts";
import { parseRate, parseWhole } from "../parse-option.ts";
import { DEFAULT_RATE, PLAID_LIMITS } from "../plaid/pace.ts";
import { showProgress } from "../progress.ts";
import { count, createReport } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import type { Check } from "./check-items.ts";
import type { Import } from "./import-items.ts";
import { IMPORT_COLUMNS } from "./import-row.ts";
import { openImportFile } from "./read-import-file.ts";

interface Common {
  json?: true;
  rate: number;
}

/** `--rate`, of every command that calls Plaid for many Items. */
export function rateOption(): Option {
  const largest = Math.min(PLAID_LIMITS.production.perClient, PLAID_LIMITS.sandbox.perClient);
  return new Option(
    "--rate <N/min>",
    "calls to Plaid a minute at most; Plaid allows 5000 to all apps and commands together",
  )
    .argParser(parseRate("min", largest))
    .default(DEFAULT_RATE);
}

/** For an option or an argument that is the id of an Item. */
export function parseItemId(shown: string): string {
  const id = readId("itm", shown);
  if (id === null) throw new InvalidArgumentError("It must be the id of an Item, itm_ and 26 characters.");
  return id;
}

/** `relink items …`: many Items at once. */
export function itemsCommand(
  terminal: Terminal,
  endWith: (exitCode: number) => void,
  overrides: { minuteMs?: number },
): Command {
  const command = new Command("items").description("many Items at once");

  command
    .command("import")
    .description("register the Items of a file")
    .argument("<file>", "CSV with a header, or a JSON object a line; - for standard input")
    .addOption(rateOption())
    .addHelpText(
      "after",
      `
Columns, or fields: ${IMPORT_COLUMNS.slice(0, 5).join(", ")},
${IMPORT_COLUMNS.slice(5).join(", ")}. The first two are needed. An empty one leaves what is known.
item_id is Plaid's id of the Item: with it Plaid need not be asked, which makes the import as fast as the database.

A line that is wrong is told on standard error with its number, never with its contents, and the others are imported.
The same file may be imported again, also after Ctrl-C: what is there already is passed over.
The state of the Items is not asked for: the workers do that, those first that were never asked about.

Examples:
  relink items import items.csv
  gpg --decrypt items.ndjson.gpg | relink items import - --json`,
    )
    .action(async (path: string, _options, self: Command) => {
      const options = self.optsWithGlobals<Common>();
      // Plaid's client takes longer to load than most commands to run.
      const [{ withFleet }, { importItems }] = await Promise.all([import("../fleet.ts"), import("./import-items.ts")]);
      const progress = showProgress(terminal.err);
      const report = createReport(terminal, options.json === true, progress);
      const settings = { ratePerMinute: options.rate, note: (line: string) => progress.note(line), ...overrides };
      const imported = await withFleet(terminal, settings, async (fleet) => {
        const file = await openImportFile(path, terminal.in, terminal.signal);
        return importItems({
          fleet,
          lines: file.lines,
          onWrong: (line) => report.detail(line, `line ${line.line}: ${line.reason}`),
          onProgress(rows) {
            const share = file.share();
            progress.update(rows, share === null ? null : Math.max(rows, Math.round(rows / share)));
          },
        });
      }).finally(() => progress.stop());
      report.result(imported, importText(imported));
      endWith(exitCodeOf(imported.state));
    });

  command
    .command("check")
    .description("ask Plaid how Items are, now, and store the answers")
    .addOption(new Option("--item <id>", "only this one").argParser(parseItemId))
    .addOption(
      new Option("--status <status>", "only those with this status").choices(
        // Plaid has nothing to say about one that is removed.
        ITEM_STATUS_KINDS.filter((kind) => kind !== "removed"),
      ),
    )
    .addOption(new Option("--limit <n>", "so many at most, the oldest first").argParser(parseWhole(1, 100_000_000)))
    .addOption(rateOption())
    .addHelpText(
      "after",
      `
Calls are spread over each minute within Plaid's limits, which hold for all apps and commands together. Items whose
status is another one now, and those that Plaid gave no answer about, are told on standard error.
The workers do the same by themselves once a day; this is for when somebody wants to know now.

Examples:
  relink items check --item itm_01kazv0c8meygs6x2m70v1rr2f
  relink items check --status degraded
  relink items check --json | jq -c 'select(.was != .status)'`,
    )
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<Common & { item?: string; status?: ItemStatusKind; limit?: number }>();
      const [{ withFleet }, { checkItems }] = await Promise.all([import("../fleet.ts"), import("./check-items.ts")]);
      const progress = showProgress(terminal.err);
      const report = createReport(terminal, options.json === true, progress);
      const settings = { ratePerMinute: options.rate, note: (line: string) => progress.note(line), ...overrides };
      const check = await withFleet(terminal, settings, (fleet) =>
        checkItems({
          fleet,
          id: options.item,
          status: options.status,
          limit: options.limit,
          onItem({ id, was, status, error }) {
            if (was === status) return;
            const item = showId("itm", id);
            const text =
              error === null
                ? `${item}: ${status}, was ${was}`
                : `${item}: no answer, ${error.code} (request_id ${error.requestId ?? "none"})`;
            report.detail({ item, was, status, error }, text);
          },
          onProgress: (done, total) => progress.update(done, total),
        }),
      ).finally(() => progress.stop());
      report.result(check, checkText(check));
      endWith(exitCodeOf(check.state));
    });

  return command;
}

function exitCodeOf(state: "complete" | "incomplete" | "interrupted"): number {
  if (state === "interrupted") return EXIT.interrupted;
  return state === "complete" ? EXIT.done : EXIT.refused;
}

const GOES_ON = "Stopped in good order; the same command goes on from there.";

function importText({ state, rows, added, updated, unchanged, wrong, asked }: Import): string {
  const lines = [
    `${count(rows)} row(s): ${count(added)} added, ${count(updated)} updated, ${count(unchanged)} unchanged, ${count(wrong)} wrong.`,
  ];
  if (asked > 0) lines.push(`Plaid was asked about ${count(asked)} of them, for the want of item_id.`);
  if (state === "interrupted") lines.push(GOES_ON);
  if (state === "incomplete") lines.push("Correct the lines that are wrong, and import the file again.");
  if (state === "complete" && added > 0) {
    lines.push("Now let Plaid send their webhooks here: relink webhooks repoint <url>");
  }
  return lines.join("\n");
}

function checkText({ state, answered, changed, unanswered, statuses }: Check): string {
  const lines = [
    `${count(answered)} Item(s) answered for, ${count(changed)} changed, ${count(unanswered)} without an answer.`,
  ];
  for (const kind of ITEM_STATUS_KINDS) {
    const items = statuses[kind];
    if (items !== undefined) lines.push(`  ${kind}: ${count(items)}`);
  }
  // It begins anew: an answer grows old, so there is nothing to go on from.
  if (state === "interrupted") lines.push("Stopped in good order; answers that came are stored.");
  return lines.join("\n");
}
