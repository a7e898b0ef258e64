import { RelinkError } from "@relink/core";
import type { KeyRing } from "@relink/service";
import { errors } from "jose";
import { z } from "zod";
import { decryptToken, encryptToken } from "./encrypted-token.ts";

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

const Claims = z.object({ itm: z.uuid(), epi: z.uuid(), exp: z.number() });
const TYPE = "relink-link+jwt";

/**
 * The token in a mail's link, encrypted: see {@link encryptToken}.
 *
 * @param audience - the environment, so that a link of the sandbox opens nothing in production.
 */
export async function issueDeepLink(
  link: DeepLink,
  { keys, audience, expiresAt }: { keys: KeyRing; audience: string; expiresAt: Date },
): Promise<string> {
  return encryptToken({ itm: link.itemId, epi: link.episodeId }, { type: TYPE, audience, keys, expiresAt });
}

/**
 * Reads the token of a link. Without the right key nothing of it is believed, and no database is asked.
 *
 * @throws {@link DeepLinkError} `expired` for a link of ours that is too old, `invalid` for anything else.
 */
export async function readDeepLink(
  token: string,
  { keys, audience, now }: { keys: KeyRing; audience: string; now: Date },
): Promise<DeepLink> {
  try {
    const { itm, epi } = Claims.parse(await decryptToken(token, { type: TYPE, audience, keys, now }));
    return { itemId: itm, episodeId: epi };
  } catch (error) {
    throw new DeepLinkError(error instanceof errors.JWTExpired ? "expired" : "invalid");
  }
}
