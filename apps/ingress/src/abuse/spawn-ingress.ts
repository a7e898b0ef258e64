import { createPlaidSigner, freePortRange, spawnApp, startScriptedPlaid } from "@relink/testkit";
import { PORT_OFFSET } from "@relink/service";
import { onTestFinished } from "vitest";
import { PLAID_SECRET, type TestStores } from "../testing/ingress-for-test.ts";

/** An ingress as a process of its own, so that its memory can be measured and its end would be seen. */
export async function spawnIngress({ database, redis }: TestStores) {
  const signer = createPlaidSigner();
  const plaid = await startScriptedPlaid(signer.jwk);
  onTestFinished(() => plaid.close());
  const port = await freePortRange();
  const lines: string[] = [];
  const app = await spawnApp(
    "ingress",
    {
      DATABASE_URL: database.urlFor("relink_ingress"),
      // Processes share the name of their queues, so this one has a database of Redis to itself.
      REDIS_URL: `${redis.url}/13`,
      PLAID_CLIENT_ID: "the-client",
      PLAID_SECRET,
      PLAID_ENV: "sandbox",
      PLAID_BASE_URL: plaid.url,
    },
    { port, onLine: (line) => void lines.push(line) },
  );
  onTestFinished(async () => void (await app.stop()));
  let isRunning = true;
  void app.exited.then(() => (isRunning = false));

  return {
    port: port + PORT_OFFSET.ingress,
    signer,
    plaid,
    app,
    isRunning: () => isRunning,
    logText: () => lines.join("\n"),
    lines: (event: string) =>
      lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line["event"] === event),
    /** The value of a metric, summed over its labels, or of one label. */
    async metric(name: string, label = ""): Promise<number> {
      const response = await fetch(`http://127.0.0.1:${port + PORT_OFFSET.ingressInside}/metrics`);
      const values = (await response.text())
        .split("\n")
        .filter((line) => line.startsWith(name) && line.includes(label));
      return values.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    },
  };
}
