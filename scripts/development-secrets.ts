import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Under the names of the settings that they are used for. */
export interface DevelopmentSecrets {
  ENCRYPTION_KEYS: string;
  LINK_TOKEN_KEYS: string;
  RELINK_ADMIN_API_KEY: string;
  /** Only the sandbox knows it: it has no meaning at Plaid. */
  PLAID_SECRET: string;
}

/**
 * The secrets of this data folder: random, made once, and kept as long as the folder, because what is encrypted in the
 * database can be read with these keys only. Nobody but the owner can read the file.
 */
export async function developmentSecrets(dataDir: string): Promise<DevelopmentSecrets> {
  const file = join(dataDir, "secrets.json");
  const known = await readFile(file, "utf8").then(JSON.parse, (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });
  if (known !== undefined) return known as DevelopmentSecrets; // written below, and by nobody else
  const key = () => `dev:${randomBytes(32).toString("base64")}`;
  const secrets: DevelopmentSecrets = {
    ENCRYPTION_KEYS: key(),
    LINK_TOKEN_KEYS: key(),
    RELINK_ADMIN_API_KEY: randomBytes(24).toString("base64url"),
    PLAID_SECRET: randomBytes(15).toString("hex"),
  };
  await writeFile(file, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  return secrets;
}
