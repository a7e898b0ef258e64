import { RelinkError } from "@relink/core";
import type { KeyRing } from "@relink/service";
import { EncryptJWT, errors, jwtDecrypt } from "jose";
import { z } from "zod";

/** A link from a mail cannot be used: not made by us, or too old. Which of the two decides what the person is told. */
export class DeepLinkError extends RelinkError {
  override readonly name = "DeepLinkError";
  readonly code = "ERR_DEEP_LINK";
  readonly retryable = false;
  readonly reason: "invalid" | "expired";

  constructor(reason: "invalid" | "expired") {
    super(reason === "expired" ? "the link has expired: ask for a new one" : "the link is not one of ours");
    this.reason = reason;
  }
}

/** What a deep link is for: one break of one Item. It dies with the episode. */
export interface DeepLink {
  itemId: string;
  episodeId: string;
}

const Claims = z.object({ itm: z.uuid(), epi: z.uuid() });
const TYPE = "relink-link+jwt";

/**
 * The token in a mail's link: a JWT that is encrypted and authenticated (A256GCM), because its address ends up in
 * histories and proxies, and nobody there needs to read which Item it is about. The id of its key stands in its header.
 *
 * @param audience - the environment, so that a link of the sandbox opens nothing in production.
 */
export async function issueDeepLink(
  link: DeepLink,
  options: { keys: KeyRing; audience: string; expiresAt: Date },
): Promise<string> {
  const [first] = options.keys;
  if (first === undefined) throw new TypeError("there is no key for links");
  const [keyId, key] = first;
  return new EncryptJWT({ itm: link.itemId, epi: link.episodeId })
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: keyId, typ: TYPE })
    .setAudience(options.audience)
    .setExpirationTime(options.expiresAt)
    .encrypt(key);
}

/**
 * Reads the token of a link. Without the right key nothing of it is believed, and no database is asked.
 *
 * @throws {@link DeepLinkError} `expired` for a link of ours that is too old, `invalid` for anything else.
 */
export async function readDeepLink(
  token: string,
  options: { keys: KeyRing; audience: string; now: Date },
): Promise<DeepLink> {
  const keyOf = ({ kid }: { kid?: string }): Uint8Array => {
    const key = options.keys.get(kid ?? "");
    if (key === undefined) throw new DeepLinkError("invalid");
    return key;
  };
  try {
    const { payload } = await jwtDecrypt(token, keyOf, {
      audience: options.audience,
      currentDate: options.now,
      contentEncryptionAlgorithms: ["A256GCM"],
      keyManagementAlgorithms: ["dir"],
      typ: TYPE,
      requiredClaims: ["exp"],
    });
    const { itm, epi } = Claims.parse(payload);
    return { itemId: itm, episodeId: epi };
  } catch (error) {
    throw new DeepLinkError(error instanceof errors.JWTExpired ? "expired" : "invalid");
  }
}
