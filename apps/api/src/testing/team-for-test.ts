import { randomUUID, randomUUIDv7 } from "node:crypto";
import { showId } from "@relink/service";
import { hashApiKey, makeTeamKey } from "../hash-api-key.ts";
import { SCOPES } from "../scopes.ts";
import type { setUpApi } from "./api-for-test.ts";

export interface TeamForTest {
  /** As it is shown. */
  id: string;
  uuid: string;
  /** A key with these scopes, all by default. */
  key(scopes?: readonly string[]): Promise<string>;
}

/** A team with a name of its own. */
export async function makeTeam({ query }: ReturnType<typeof setUpApi>): Promise<TeamForTest> {
  const uuid = randomUUIDv7();
  await query("insert into teams (id, name) values ($1, $2)", [uuid, `team ${randomUUID()}`]);
  return {
    id: showId("team", uuid),
    uuid,
    async key(scopes = SCOPES) {
      const key = makeTeamKey();
      await query("insert into api_keys (id, team_id, name, hash, hint, scopes) values ($1, $2, 'test', $3, $4, $5)", [
        randomUUIDv7(),
        uuid,
        hashApiKey(key),
        key.slice(-4),
        scopes,
      ]);
      return key;
    },
  };
}
