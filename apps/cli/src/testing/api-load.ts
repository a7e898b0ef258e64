import { randomUUIDv7 } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { showId } from "@relink/service";
import { accessTokenOf } from "./plaid-stand-in.ts";

/** What came of the requests so far. */
export interface LoadReport {
  registered: number;
  read: number;
  /** Every answer that was not what it should be. */
  failures: string[];
}

export interface ApiLoad {
  /** The apps that are asked, in turn. Replaced while they are replaced. */
  urls: readonly string[];
  readonly report: LoadReport;
  stop(): Promise<LoadReport>;
}

/**
 * Uses Relink's API without pause: registers new Items, registers known ones again, and has Items asked about at Plaid,
 * for which their access tokens are opened.
 *
 * @param options.itemIds - of Items that are there already.
 * @param options.pauseMs - between rounds of four requests.
 */
export function startApiLoad(options: {
  urls: readonly string[];
  apiKey: string;
  itemIds: readonly string[];
  pauseMs: number;
}): ApiLoad {
  const report: LoadReport = { registered: 0, read: 0, failures: [] };
  const abort = new AbortController();
  let rounds = 0;

  /** @returns the id of the Item in the answer, unless it was not what it should be. */
  async function call(path: string, body: object | undefined, expected: readonly number[]): Promise<string | null> {
    const url = load.urls[rounds % load.urls.length] ?? "";
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${options.apiKey}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (expected.includes(response.status)) return String((JSON.parse(text) as { id: unknown }).id);
    report.failures.push(`${path}: ${response.status} ${text}`);
    return null;
  }

  const register = async (plaidItemId: string) => {
    const user = { external_id: "load", email: "load@example.com" };
    const id = await call("/v1/items", { access_token: accessTokenOf(plaidItemId), user }, [200, 201]);
    if (id !== null) report.registered += 1;
    return id;
  };
  const read = async (id: string) => {
    if ((await call(`/v1/items/${id}/check`, undefined, [200])) !== null) report.read += 1;
  };
  const someItem = () => options.itemIds[Math.floor(Math.random() * options.itemIds.length)] ?? "";

  async function run(): Promise<void> {
    let newest: string | null = null;
    while (!abort.signal.aborted) {
      rounds += 1;
      try {
        // What the app before has stored, and what was there from the beginning.
        if (newest !== null) await read(newest);
        await read(showId("itm", someItem()));
        await register(`seeded-${someItem()}`);
        newest = await register(`new-${randomUUIDv7()}`);
      } catch (error) {
        report.failures.push(String(error));
      }
      await delay(options.pauseMs, undefined, { signal: abort.signal }).catch(() => undefined);
    }
  }

  const load: ApiLoad = {
    urls: options.urls,
    report,
    async stop() {
      abort.abort();
      await running;
      return report;
    },
  };
  const running = run();
  return load;
}
