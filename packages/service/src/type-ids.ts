import { TypeID } from "typeid-js";

/** The kinds of ids that people and programs see. */
export type IdPrefix =
  | "itm"
  | "usr"
  | "epi"
  | "lks"
  | "eml"
  | "ntc"
  | "ntf"
  | "whe"
  | "evt"
  | "sub"
  | "dlv"
  | "att"
  | "rcv"
  | "sec"
  | "team"
  | "key"
  | "aud";

/** A row's UUID as it is shown outside: `itm_01h455vb4pex5vsknk084sn02q`. */
export function showId(prefix: IdPrefix, uuid: string): string {
  return TypeID.fromUUID(prefix, uuid).toString();
}

/** The UUID in an id from outside; `null` if it is not an id of this kind. */
export function readId(prefix: IdPrefix, shown: string): string | null {
  try {
    return TypeID.fromString(shown, prefix).toUUID();
  } catch {
    return null;
  }
}
