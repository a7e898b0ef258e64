import { type FaultCase, newSightings, type Sightings } from "./case.ts";
import { checkDeliveries, checkEverything, type Findings } from "./check-world.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** One case, once. */
export interface CaseResult extends Sightings {
  readonly name: string;
  readonly title: string;
  /** Why it was not run. */
  readonly skipped?: string;
  readonly durationMs: number;
  /** During the case. */
  readonly acked: number;
  readonly processed: number;
  readonly parked: number;
  readonly mails: number;
  readonly lost: number;
  readonly twice: number;
  readonly worstAnswerMs: number;
  /** Empty if all is as it should be. */
  readonly problems: readonly string[];
}

/** How thoroughly the world is looked at after a case: everything means that the load is stopped until nothing is owed. */
export type Check = "deliveries" | "everything";

/**
 * Runs a case in a world, and compares. Never throws: what went wrong is in the result.
 *
 * @param options.howToCheck - asked when the case is over.
 */
export async function runCase(
  world: World,
  one: FaultCase,
  options: { random: Random; isShort: boolean; howToCheck: () => Check },
): Promise<CaseResult> {
  const seen = newSightings();
  const nothing: Findings = { processed: 0, parked: 0, mails: 0, lost: [], twice: [], problems: [] };
  const result = (rest: Partial<CaseResult>): CaseResult => ({
    name: one.name,
    title: one.title,
    durationMs: 0,
    acked: 0,
    processed: 0,
    parked: 0,
    mails: 0,
    lost: 0,
    twice: 0,
    worstAnswerMs: 0,
    problems: [],
    ...seen,
    ...rest,
  });
  const skipped = one.missing?.();
  if (skipped !== undefined) return result({ skipped });

  const startedAt = performance.now();
  const ackedBefore = world.ledger.acked.size;
  const { processed, parked } = await countDealtWith(world);
  const mailsBefore = world.mailSink.mails.length;
  world.deliverer.takeWorstAnswer();
  const failures: string[] = [];
  const failed = (error: unknown): void => {
    failures.push(error instanceof Error ? error.message : String(error));
  };

  const durationMs = options.isShort ? 0 : 20_000;
  await one.run(world, { random: options.random, isShort: options.isShort, durationMs, seen }).catch(failed);
  const check = options.howToCheck() === "everything" ? checkEverything : checkDeliveries;
  const findings = await check(world).catch((error: unknown) => {
    failed(error);
    return nothing;
  });
  return result({
    durationMs: performance.now() - startedAt,
    acked: world.ledger.acked.size - ackedBefore,
    processed: findings.processed - processed,
    parked: findings.parked - parked,
    mails: world.mailSink.mails.length - mailsBefore,
    lost: findings.lost.length,
    twice: findings.twice.length,
    worstAnswerMs: world.deliverer.takeWorstAnswer(),
    problems: [
      ...failures,
      ...findings.problems,
      ...(findings.lost.length > 0 ? [`lost: ${findings.lost.slice(0, 3).join(", ")}`] : []),
      ...(findings.twice.length > 0 ? [`mailed twice: ${findings.twice.slice(0, 3).join(", ")}`] : []),
    ],
  });
}

async function countDealtWith({ database }: World): Promise<{ processed: number; parked: number }> {
  const { rows } = await database.pool.query<{ processed: number; parked: number }>(
    `select count(*) filter (where processed_at is not null and parked_at is null)::int as processed,
      count(*) filter (where parked_at is not null)::int as parked from webhook_events`,
  );
  return rows[0] ?? { processed: 0, parked: 0 };
}
