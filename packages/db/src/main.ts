import { readSettings, run, setting } from "@relink/service";
import { migrate } from "./migrate.ts";

await run("migrate", () => {
  const { DATABASE_URL } = readSettings("migrate", { DATABASE_URL: setting.databaseUrl }, process.env);
  return {
    start: async () => {
      await migrate(DATABASE_URL.reveal());
      process.exit(0);
    },
    close: async () => {},
  };
});
