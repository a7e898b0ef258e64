import type { Database } from "@relink/db";
import { type KeyRing, readSettings, setting } from "@relink/service";
import { Command } from "commander";
import { EXIT } from "../exit-codes.ts";
import { withDatabase } from "../open-database.ts";
import { parseRate, parseWhole } from "../parse-option.ts";
import { showProgress } from "../progress.ts";
import { count, createReport } from "../report.ts";
import type { Terminal } from "../terminal.ts";
import { textTable } from "../text-table.ts";
import { type KeyStatus, keyStatus, totalOf } from "./key-status.ts";
import { retireKey } from "./retire-key.ts";
import { type Rotation, rotateKeys } from "./rotate-keys.ts";

/** What every command of the group is given besides its own options. */
interface Common {
  json?: true;
}

/** `relink keys …`: the keys that secrets in the database are sealed with. */
export function keysCommand(terminal: Terminal, endWith: (exitCode: number) => void): Command {
  const { env, err, signal } = terminal;
  const command = new Command("keys").description("the keys that secrets in the database are sealed with");

  const tell = (result: object, text: string, { json }: Common) =>
    createReport(terminal, json === true).result(result, text);

  command
    .command("status")
    .description("count what each key has sealed")
    .addHelpText(
      "after",
      `
Exit code 1 if something is sealed with a key that is not in ENCRYPTION_KEYS.

Example:
  relink keys status --json | jq '.keys[] | select(.place == "missing")'`,
    )
    .action(async (_options, self: Command) => {
      const keys = await withKeys(env, ({ db }, ring) => keyStatus(db, ring));
      tell({ keys }, statusTable(keys), self.optsWithGlobals<Common>());
      if (keys.some((key) => key.place === "missing" && totalOf(key) > 0)) endWith(EXIT.refused);
    });

  command
    .command("rotate")
    .description("seal everything anew with the first key of ENCRYPTION_KEYS, while the apps go on")
    .option("--batch <rows>", "rows to a statement", parseWhole(1, 10_000), 500)
    .option(
      "--rate <N/s>",
      "values a second at most (default: as fast as the database takes them)",
      parseRate("s", 999_999_999),
    )
    .addHelpText(
      "after",
      `
Every app must have the key as its first before this is run. Ctrl-C ends it after the batch under way; the same command
goes on from there.

Examples:
  relink keys rotate
  relink keys rotate --batch 200 --rate 1000/s`,
    )
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<Common & { batch: number; rate?: number }>();
      const bar = showProgress(err);
      const rotation = await withKeys(env, ({ db }, keys) =>
        rotateKeys({
          db,
          keys,
          batch: options.batch,
          ratePerSecond: options.rate,
          signal,
          onProgress: ({ done, total }) => bar.update(done, total),
        }),
      ).finally(() => bar.stop());
      tell(rotation, rotationText(rotation), options);
      if (rotation.state !== "complete") endWith(rotation.state === "interrupted" ? EXIT.interrupted : EXIT.refused);
    });

  command
    .command("retire")
    .description("let the apps start without a key that nothing is sealed with any more")
    .argument("<id>", "of the key")
    .addHelpText(
      "after",
      `
To be done before the key is taken out of ENCRYPTION_KEYS, and only when no backup is left that needs it.

Example:
  relink keys retire 2025`,
    )
    .action(async (id: string, _options, self: Command) => {
      const wasKnown = await withKeys(env, ({ db }, keys) => retireKey(db, keys, id));
      const text = wasKnown
        ? `Key "${id}" is retired. Take it out of ENCRYPTION_KEYS in every app.`
        : `The database does not know key "${id}", so it can be taken out of ENCRYPTION_KEYS.`;
      tell({ id, retired: wasKnown }, text, self.optsWithGlobals<Common>());
    });

  return command;
}

async function withKeys<T>(env: Terminal["env"], act: (database: Database, keys: KeyRing) => Promise<T>): Promise<T> {
  const settings = readSettings("relink", { DATABASE_URL: setting.databaseUrl, ENCRYPTION_KEYS: setting.keyRing }, env);
  return withDatabase(settings.DATABASE_URL, (database) => act(database, settings.ENCRYPTION_KEYS));
}

const PLACES: Record<KeyStatus["place"], string> = {
  first: "seals and opens",
  other: "opens",
  missing: "NOT IN ENCRYPTION_KEYS",
};

function statusTable(keys: readonly KeyStatus[]): string {
  const rows = keys.map(({ id, place, values }) => [
    id ?? "(of no known form)",
    PLACES[place],
    count(values["items.access_token"]),
    count(values["link_sessions.link_token"]),
    count(values["subscription_secrets.secret"]),
    count(values["idempotency_keys.body"]),
  ]);
  return textTable(
    [["key", "", "access tokens", "link tokens", "endpoint secrets", "kept answers"], ...rows],
    ["left", "left", "right", "right", "right", "right"],
  );
}

function rotationText({ keyId, state, resealed, remaining, unreadable, unused }: Rotation): string {
  const said = `${count(resealed)} value(s) sealed anew with key "${keyId}"`;
  switch (state) {
    case "complete":
      return [
        `${said}. No value is left under another key.`,
        ...unused.map(
          (id) => `Key "${id}" is not needed any more. When no backup is left that needs it: relink keys retire ${id}`,
        ),
      ].join("\n");
    case "interrupted":
      return `Stopped in good order: ${said}, ${count(remaining)} to go. Run the same command to go on.`;
    case "incomplete":
      return [
        `${said}, but ${count(remaining)} are still under other keys.`,
        ...unreadable.map((line) => `  ${line}`),
        unreadable.length > 0
          ? "Look into these rows: registering the Item again gives it a new value."
          : "Some app still seals with an old key: let every app have the new one first, then run this again.",
      ].join("\n");
  }
}
