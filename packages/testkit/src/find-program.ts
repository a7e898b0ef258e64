import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * The path of the first of these programs that is installed.
 *
 * @param names - to look for on the PATH, or absolute paths.
 */
export function findProgram(names: readonly string[]): string | undefined {
  // A login without root's PATH still finds what packages put into the system's folders.
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  const candidates = names.flatMap((name) => (name.startsWith("/") ? [name] : folders.map((path) => join(path, name))));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
