/** Why a webhook cannot be genuine. All of them are answered alike; the reason is for the log and the metric. */
export type ForgedReason =
  | "header_missing"
  | "header_repeated"
  | "header_malformed"
  | "header_param"
  | "alg"
  | "kid_malformed"
  | "key_unknown"
  | "key_retired"
  | "key_unusable"
  | "signature"
  | "claims"
  | "too_old"
  | "too_new"
  | "body_hash";

/** Why nobody can tell at the moment whether a webhook is genuine. It is to be sent again. */
export type UncheckedReason = "key_service" | "key_budget";
