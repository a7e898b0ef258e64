import type { Db } from "@relink/db";
import type { GuardedClient, ResolveHost, TargetPolicy } from "@relink/delivery";
import type { KeyRing } from "@relink/service";

/** What it takes to look after subscriptions. */
export interface SubscriptionDeps {
  db: Db;
  encryptionKeys: KeyRing;
  /** Calls the receivers that are to be verified. */
  client: GuardedClient;
  policy: TargetPolicy;
  resolveHost: ResolveHost;
  environment: "sandbox" | "production";
}
