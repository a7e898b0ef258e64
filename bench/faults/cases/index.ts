import type { FaultCase } from "../case.ts";
import { wrongClocks } from "./clocks.ts";
import { deliveriesUnderKills } from "./deliveries.ts";
import { keyRotation, keyServiceDown, keyServiceWrong } from "./keys.ts";
import { killIngress, killOneJob, killWorkers } from "./kills.ts";
import { overload, poisonRows, sweeperAgainstWorker } from "./load.ts";
import { mailServerDies, workerDiesOnMail } from "./mail.ts";
import {
  badNetworkToPostgres,
  halfOpenPostgres,
  hangPostgres,
  killPostgres,
  postgresInRecovery,
  stopPostgres,
  terminateConnections,
} from "./postgres.ts";
import {
  fullRedis,
  halfOpenRedis,
  hangRedis,
  killRedis,
  killRedisOnSlowDisk,
  killRedisWithoutFile,
  redisAbsentAtBoot,
  resetRedis,
  wipeRedis,
} from "./redis.ts";
import { rollingRestart, sigterm } from "./shutdown.ts";

/** In the order in which they are run, on one installation. */
export const CASES: readonly FaultCase[] = [
  killIngress,
  killWorkers,
  killOneJob,
  deliveriesUnderKills,
  killRedis,
  killRedisWithoutFile,
  killRedisOnSlowDisk,
  wipeRedis,
  redisAbsentAtBoot,
  hangRedis,
  halfOpenRedis,
  resetRedis,
  fullRedis,
  killPostgres,
  stopPostgres,
  terminateConnections,
  postgresInRecovery,
  hangPostgres,
  halfOpenPostgres,
  badNetworkToPostgres,
  overload,
  sigterm,
  wrongClocks,
  mailServerDies,
  workerDiesOnMail,
  keyRotation,
  keyServiceDown,
  keyServiceWrong,
  sweeperAgainstWorker,
  poisonRows,
  rollingRestart,
];
