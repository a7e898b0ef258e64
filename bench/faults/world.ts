import { randomInt } from "node:crypto";
import { DEFAULT_POLICY } from "@relink/core";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, connect } from "@relink/db";
import { registerItem } from "@relink/items";
import { createPlaidClient, createTokenHasher } from "@relink/plaid";
import { Secret, setting } from "@relink/service";
import { createPlaidSigner, type PlaidSigner, type ScriptedPlaid, startScriptedPlaid } from "@relink/testkit";
import { type SignedWebhook, signWebhook } from "../src/sign-webhook.ts";
import { createDeliverer, type Deliverer } from "./deliverer.ts";
import { type Installation, startInstallation } from "./installation.ts";
import { type ItemStory, tellStories } from "./item-stories.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { type Load, type Payload, startLoad } from "./load.ts";
import { type MailSink, startMailSink } from "./mail-sink.ts";
import type { Random } from "./random.ts";

/** An installation of Relink, everything around it, and all that was ever told to it. */
export interface World {
  readonly relink: Installation;
  readonly plaid: ScriptedPlaid;
  readonly mailSink: MailSink;
  readonly stories: readonly ItemStory[];
  readonly load: Load;
  readonly ledger: Ledger;
  readonly deliverer: Deliverer;
  /** Straight to Postgres, past the proxy. */
  readonly database: Database;
  /** What the fullest heap among the apps held before anything was done to them, in bytes. */
  readonly baseHeapBytes: number;
  /** Who signs what is delivered from now on. */
  signer: PlaidSigner;
  /** Keys of deliveries that are meant to be parked. */
  readonly poison: Set<string>;
  sign(payload: Payload): SignedWebhook;
  /** Resolves when it is acknowledged. */
  deliver(payload: Payload): Promise<void>;
  /** @param isKept - whether ledger, data and logs are to be looked at. */
  close(isKept: boolean): Promise<void>;
}

const WEBHOOKS_PER_SECOND = 100;
const HOLD_SECONDS = 1;

/** Builds one in a new folder, registers its Items, and puts it under load. */
export async function createWorld(random: Random): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "relink-faults-"));
  await chmod(folder, 0o711); // Postgres may run as another user
  const signer = createPlaidSigner();
  const plaid = await startScriptedPlaid(signer.jwk);
  const mailSink = await startMailSink(150);
  const relink = await startInstallation(folder, {
    plaidUrl: plaid.url,
    smtpUrl: mailSink.url,
    holdSeconds: HOLD_SECONDS,
  });
  const database = connect({
    url: new Secret(relink.postgres.urlFor("relink_migrate")),
    app: "faults",
    // What looks on is not put to the test: the machine may stand still for a moment.
    connectTimeoutMs: 20_000,
    onError() {
      // Postgres is killed under it.
    },
  });
  const ledger = openLedger(join(folder, "ledger.txt"));
  const deliverer = createDeliverer(relink.webhookUrl, ledger);
  const stories = tellStories();
  await registerAll(stories, { relink, plaid, database });

  const baseHeapBytes = await fullestHeap(relink);

  const sign = (payload: Payload): SignedWebhook => signWebhook(world.signer, payload);
  const deliver = (payload: Payload): Promise<void> => deliverer.deliver(sign(payload));
  const world: World = {
    relink,
    plaid,
    mailSink,
    stories,
    ledger,
    deliverer,
    database,
    baseHeapBytes,
    signer,
    poison: new Set(),
    sign,
    deliver,
    load: startLoad({ perSecond: WEBHOOKS_PER_SECOND, random, stories, plaid, deliver }),
    async close(isKept) {
      await world.load.stop();
      deliverer.close();
      await database.close();
      await relink.stop();
      await Promise.all([plaid.close(), mailSink.close()]);
      ledger.close();
      if (isKept) console.log(`ledger, data and logs are kept in ${folder}`);
      else await rm(folder, { recursive: true, force: true });
    },
  };
  // The ingress has its key by then: a case may make Plaid slower than a question for a key may take.
  await deliver(probe());
  return world;
}

/** Without garbage, in bytes. */
export async function fullestHeap({ ingress, workers }: Installation): Promise<number> {
  return Math.max(...(await Promise.all([ingress, ...workers].map((app) => app.heapBytes()))));
}

/** A webhook that concerns nobody and is like no other. */
export function probe(): Record<string, unknown> {
  return { webhook_type: "TRANSACTIONS", webhook_code: "SYNC_UPDATES_AVAILABLE", probe: randomInt(2 ** 40) };
}

async function registerAll(
  stories: readonly ItemStory[],
  { relink, plaid, database }: { relink: Installation; plaid: ScriptedPlaid; database: Database },
): Promise<void> {
  const client = createPlaidClient({
    clientId: "client",
    secret: new Secret("secret"),
    env: "sandbox",
    baseUrl: plaid.url,
    record: async () => {},
    onRecordFailed() {},
  });
  const deps = {
    db: database.db,
    plaid: client,
    encryptionKeys: setting.keyRing.parse(relink.encryptionKeys),
    hashToken: createTokenHasher(new Secret("secret")),
    policy: { ...DEFAULT_POLICY, holdMs: HOLD_SECONDS * 1_000 },
    environment: "sandbox",
    webhookUrl: relink.webhookUrl,
  } as const;
  for (const { plaidItemId, email } of stories) {
    await registerItem(deps, {
      token: { kind: "access", token: new Secret(plaid.addItem(plaidItemId)) },
      user: { externalId: plaidItemId, email, name: null, locale: null, timeZone: null },
    });
  }
}
