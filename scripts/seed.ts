import { PORT_OFFSET } from "@relink/service";
import { waitFor, WaitTimeoutError } from "@relink/testkit";
import { Configuration, PlaidApi, Products } from "plaid";
import { DevelopmentError } from "./development-error.ts";
import { relinkApi } from "./relink-api.ts";

const USERS = {
  maya: { name: "Maya Okafor", locale: "en-US", time_zone: "America/New_York" },
  jonas: { name: "Jonas Lindqvist", locale: "en-US", time_zone: "America/Chicago" },
  priya: { name: "Priya Raman", locale: "en-US", time_zone: "America/Los_Angeles" },
  diego: { name: "Diego Álvarez", locale: "es-US", time_zone: "America/Denver" },
  hannah: { name: "Hannah Weiss", locale: "en-GB", time_zone: "Europe/London" },
  kenji: { name: "Kenji Mori", locale: "en-US", time_zone: "Pacific/Honolulu" },
} as const;

/** What is linked, what happens to it then, and the status that it is to show after that. */
interface SeededItem {
  user: keyof typeof USERS;
  /** Of https://plaid.com/docs/sandbox/institutions/ (checked 2026-11-21). */
  institution: string;
  /** The error that Plaid then reports of it. */
  error?: string;
  status: string;
}

const ITEMS: readonly SeededItem[] = [
  { user: "maya", institution: "ins_109508", status: "healthy" },
  { user: "maya", institution: "ins_109511", status: "healthy" },
  { user: "jonas", institution: "ins_109509", error: "ITEM_LOGIN_REQUIRED", status: "login_required" },
  { user: "priya", institution: "ins_109510", error: "ITEM_LOCKED", status: "bank_action_required" },
  { user: "diego", institution: "ins_109511", error: "INSTITUTION_DOWN", status: "degraded" },
  { user: "hannah", institution: "ins_109512", error: "USER_PERMISSION_REVOKED", status: "revoked" },
  { user: "kenji", institution: "ins_127287", status: "healthy" },
  { user: "kenji", institution: "ins_109508", status: "healthy" },
];

/**
 * Makes a few users and Items in different states, in the way that a customer does: linked through Plaid's API,
 * registered through ours, broken by webhooks. Does nothing where there is an Item already.
 *
 * @param options.onProgress - is given lines for a person.
 */
export async function seed(options: {
  apiKey: string;
  /** `RELINK_PORT`. */
  firstPort: number;
  clientId: string;
  secret: string;
  onProgress: (line: string) => void;
}): Promise<void> {
  const at = (offset: number) => `http://localhost:${options.firstPort + offset}`;
  const api = relinkApi(at(PORT_OFFSET.api), options.apiKey);
  if ((await api.items()).length > 0) return;

  const sandboxUrl = at(PORT_OFFSET.sandbox);
  const plaid = new PlaidApi(
    new Configuration({
      basePath: sandboxUrl,
      // A proxy of this machine does not know what runs on it.
      baseOptions: { proxy: false, headers: { "PLAID-CLIENT-ID": options.clientId, "PLAID-SECRET": options.secret } },
    }),
  );
  const expected = new Map<string, string>();
  for (const { user, institution, error, status } of ITEMS) {
    const webhook = `${at(PORT_OFFSET.ingress)}/webhooks/plaid`;
    const created = await plaid.sandboxPublicTokenCreate({
      institution_id: institution,
      initial_products: [Products.Transactions],
      options: { webhook },
    });
    const item = await api.registerItem(created.data.public_token, {
      external_id: user,
      email: `${user}@example.com`,
      ...USERS[user],
    });
    expected.set(item.id, status);
    if (error !== undefined) await breakItem(sandboxUrl, item.plaid_item_id, error);
  }
  options.onProgress(`${Object.keys(USERS).length} users with ${ITEMS.length} Items, some of them broken`);

  try {
    await waitFor(
      async () => {
        const kinds = new Map((await api.items()).map((item) => [item.id, item.status.kind]));
        const late = [...expected].filter(([id, kind]) => kinds.get(id) !== kind);
        if (late.length > 0) throw new DevelopmentError(late.map(([id, kind]) => `${id} is not ${kind}`).join(", "));
        return true;
      },
      { timeoutMs: 30_000, everyMs: 200 },
    );
  } catch (error) {
    if (!(error instanceof WaitTimeoutError)) throw error;
    options.onProgress(`not all of them show their state yet (${error.message})`);
  }
}

async function breakItem(sandboxUrl: string, itemId: string, code: string): Promise<void> {
  const response = await fetch(`${sandboxUrl}/control/items/${itemId}/error`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error_code: code }),
  });
  if (!response.ok) throw new DevelopmentError(`the sandbox answers ${response.status}: ${await response.text()}`);
}
