import { PORT_OFFSET } from "@relink/service";
import type { DevelopmentPlan } from "./development-settings.ts";
import { relinkApi } from "./relink-api.ts";

/** What a person can do with the Relink that has just started: addresses, and commands to copy. */
export async function whatToTry(plan: DevelopmentPlan, apiKey: string, dataDir: string): Promise<string> {
  const at = (offset: number) => `http://localhost:${plan.firstPort + offset}`;
  const api = at(PORT_OFFSET.api);
  const sandbox = at(PORT_OFFSET.sandbox);
  const lines = [
    "",
    `Data, logs and the keys that this machine's access tokens are encrypted with: ${dataDir}/ (npm run clear-db empties it but for the keys)`,
    "",
  ];
  const ask = `curl -s '${api}/v1/items' -H 'authorization: Bearer ${apiKey}'`;
  if (plan.usesPlaid) {
    lines.push(
      "Register an Item with the public_token that Link gave you:",
      `  curl -s -X POST '${api}/v1/items' -H 'authorization: Bearer ${apiKey}' -H 'content-type: application/json' -d '{"public_token":"…","user":{"external_id":"1","email":"you@example.com"}}'`,
      "See what Relink knows of your Items:",
      `  ${ask}`,
    );
    if (plan.usesSandbox) lines.push("Mails do not leave this machine, they are here:", `  ${sandbox}/`);
  } else {
    const items = await relinkApi(api, apiKey).items();
    const whole = items.find((item) => item.status.kind === "healthy") ?? items[0];
    lines.push(
      `Break an Item${whole?.institution.name ? ` (at ${whole.institution.name})` : ""}:`,
      `  curl -s -X POST ${sandbox}/control/items/${whole?.plaid_item_id ?? "ITEM_ID"}/error -H 'content-type: application/json' -d '{"error_code":"ITEM_LOGIN_REQUIRED"}'`,
      "Watch the mail arrive, click its link, sign in with user_good and pass_good:",
      `  ${sandbox}/`,
      "See what Relink knows:",
      `  ${ask}`,
    );
  }
  lines.push(
    "Have a program of yours told what happens, with docs/guides/receive-events.md and these:",
    `  export RELINK_URL=${api} RELINK_ADMIN_API_KEY=${apiKey}`,
  );
  return `${lines.join("\n")}\n`;
}
