import { createPlaidClient, PlaidApiError } from "@relink/plaid";
import type { PlaidAccess } from "@relink/service";
import type { Finding } from "./finding.ts";

/** An institution that both environments know. Whether it does does not matter: Plaid looks at the credentials first. */
const INSTITUTION = "ins_3";

/** Whether Plaid knows the credentials, by a question that changes nothing and costs nothing. */
export async function checkPlaid(options: PlaidAccess & { countryCodes: readonly string[] }): Promise<Finding[]> {
  const plaid = createPlaidClient({
    ...options,
    // Asked about no Item, so it belongs to no timeline.
    record: async () => {},
    onRecordFailed: () => {},
  });
  const ok: Finding = { check: "plaid", state: "ok", message: `it knows the credentials, for ${options.env}` };
  try {
    await plaid.getInstitutionHealth(INSTITUTION, options.countryCodes);
    return [ok];
  } catch (error) {
    if (!(error instanceof PlaidApiError)) throw error;
    if (error.errorCode === "INVALID_INSTITUTION") return [ok];
    const advice =
      error.errorCode === "INVALID_API_KEYS"
        ? `check PLAID_CLIENT_ID and PLAID_SECRET, and that the secret is the one of ${options.env}`
        : "look the code up at https://plaid.com/docs/errors/";
    return [{ check: "plaid", state: "failed", message: `${error.message}: ${advice}` }];
  }
}
