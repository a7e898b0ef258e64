import { readSettings, setting, showId } from "@relink/service";
import { Command, InvalidArgumentError, Option } from "commander";
import { EXIT } from "../exit-codes.ts";
import { parseItemId, rateOption } from "../items/items-command.ts";
import { withDatabase } from "../open-database.ts";
import { parseMoment, parseWhole } from "../parse-option.ts";
import { showProgress } from "../progress.ts";
import { count, createReport } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { type Replay, replayWebhooks } from "./replay-webhooks.ts";
import type { Repointing } from "./repoint-webhooks.ts";

interface Common {
  json?: true;
}

/** `relink webhooks …`: where they go, and those that came. */
export function webhooksCommand(
  terminal: Terminal,
  endWith: (exitCode: number) => void,
  overrides: { minuteMs?: number },
): Command {
  const command = new Command("webhooks").description("where Plaid sends them, and those that came");

  command
    .command("repoint")
    .description("let Plaid send the webhooks of all Items to a URL")
    .argument("<url>", "the ingress as Plaid sees it, as in PLAID_WEBHOOK_URL", parseUrl)
    .addOption(
      new Option("--wait <seconds>", "how long to wait for the next acknowledgement")
        .argParser(parseWhole(1, 86_400))
        .default(60),
    )
    .addOption(rateOption())
    .addHelpText(
      "after",
      `
Plaid sends a webhook to a new URL to prove it, and the workers note it: ingress and worker have to run. One Item goes
first; if its acknowledgement does not come, the others are left as they are. Items that are proven to send to the URL
already are passed over, so the same command goes on after Ctrl-C, and tries again what failed.

Exit code 1 if some Item was not acknowledged in the end; each of them is told on standard error.

Examples:
  relink webhooks repoint https://relink.example.com/webhooks/plaid
  relink webhooks repoint https://relink.example.com/webhooks/plaid --wait 300 --json`,
    )
    .action(async (url: string, _options, self: Command) => {
      const options = self.optsWithGlobals<Common & { rate: number; wait: number }>();
      const [{ withFleet }, { repointWebhooks }] = await Promise.all([
        import("../fleet.ts"),
        import("./repoint-webhooks.ts"),
      ]);
      const progress = showProgress(terminal.err);
      const report = createReport(terminal, options.json === true, progress);
      const settings = { ratePerMinute: options.rate, note: (line: string) => progress.note(line), ...overrides };
      const result = await withFleet(terminal, settings, (fleet) =>
        repointWebhooks({
          fleet,
          url,
          patienceMs: options.wait * 1_000,
          onFailed(id, reason) {
            const item = showId("itm", id);
            report.detail({ item, problem: "failed", reason }, `${item}: ${reason}`);
          },
          onUnacknowledged(id) {
            const item = showId("itm", id);
            report.detail({ item, problem: "unacknowledged" }, `${item}: not acknowledged`);
          },
          onProgress: (done, total) => progress.update(done, total),
        }),
      ).finally(() => progress.stop());
      report.result(result, repointText(result));
      if (result.state !== "complete") endWith(result.state === "interrupted" ? EXIT.interrupted : EXIT.refused);
    });

  command
    .command("replay")
    .description("have webhooks of a certain time looked at again")
    .requiredOption(
      "--since <time>",
      "received from then on: 2026-11-22T09:30:00Z, 2026-11-22, or 2h for two hours ago",
      parseMoment,
    )
    .option("--until <time>", "received before then (default: now)", parseMoment)
    .option("--type <type>", "only those of one webhook_type, such as ITEM")
    .addOption(new Option("--item <id>", "only those about one Item").argParser(parseItemId))
    .addHelpText(
      "after",
      `
Nothing takes effect twice: a webhook that was processed is not processed again, because it tells what was true when it
was sent. Instead Plaid is asked how its Item is now. Webhooks that were parked, because nobody could make sense of them
or their Item was unknown, are given back to the workers; those that still cannot be processed are parked again.
The workers do both, within Plaid's limits.

Examples:
  relink webhooks replay --since 2026-11-22T03:00:00Z --until 2026-11-22T05:00:00Z
  relink webhooks replay --since 7d --item itm_01kazv0c8meygs6x2m70v1rr2f`,
    )
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<Common & { since: Date; until?: Date; type?: string; item?: string }>();
      const progress = showProgress(terminal.err);
      const report = createReport(terminal, options.json === true);
      const settings = readSettings("relink", { DATABASE_URL: setting.databaseUrl }, terminal.env);
      const replay = await withDatabase(settings.DATABASE_URL, ({ db }) =>
        replayWebhooks({
          db,
          signal: terminal.signal,
          since: options.since,
          until: options.until ?? new Date(),
          webhookType: options.type,
          itemId: options.item,
          onProgress: (webhooks) => progress.update(webhooks, null),
        }),
      ).finally(() => progress.stop());
      report.result(replay, replayText(replay));
      if (replay.state === "interrupted") endWith(EXIT.interrupted);
    });

  return command;
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new InvalidArgumentError("It must be a URL that starts with https:// or http://.");
  }
  return text;
}

function repointText({ state, items, repointed, failed, unacknowledged }: Repointing): string {
  if (items === 0) return "All Items are proven to send their webhooks there already.";
  const said = `${count(repointed)} of ${count(items)} Item(s) pointed at the URL, ${count(failed)} failed, ${count(unacknowledged)} not acknowledged.`;
  switch (state) {
    case "complete":
      return said;
    case "interrupted":
      return `${said}\nStopped in good order; the same command goes on from there.`;
    case "incomplete":
      return `${said}\nRun the same command again for those; acknowledgements that come meanwhile count.`;
    case "refused":
      return [
        "The first Item was pointed at the URL, and Plaid's acknowledgement did not come. The other Items were left as they are.",
        "Check that the URL leads to the ingress, that ingress and worker run, and that PLAID_ENV is the same for all: relink doctor",
      ].join("\n");
  }
}

function replayText({ state, webhooks, returned, items }: Replay): string {
  const lines = [
    `${count(webhooks)} webhook(s) found. Plaid is asked again about ${count(items)} Item(s).`,
    ...Object.entries(returned).map(
      ([reason, number]) => `${count(number)} parked for ${reason}: given back to the workers.`,
    ),
  ];
  if (state === "interrupted") lines.push("Stopped in good order; to repeat it does no harm.");
  return lines.join("\n");
}
