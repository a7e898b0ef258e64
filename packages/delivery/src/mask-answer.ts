import type { AttemptResult } from "./client.ts";
import type { SigningKey } from "./signing/signing-key.ts";

/** What a subscriber has entrusted to us, and a request was made with. */
export interface Entrusted {
  /** Its query may hold secrets. */
  url: string;
  keys: readonly SigningKey[];
  /** Headers that are sent along. */
  custom: Readonly<Record<string, string>>;
}

/** What is shorter is no secret, and would be found in any text. */
const LEAST_CHARACTERS = 6;
const MASK = "***";

/**
 * An answer as it may be kept and shown, for receivers repeat what they were sent: an error page has the headers of its
 * request, a redirect the query of its URL. Values of the headers that are sent along and of the query, what follows the
 * scheme in the former (`Bearer …`), and secrets of `v1` become `***` wherever they stand, if they have six characters.
 *
 * Pure. What is judged, `status`, `retryAfter` and `control`, stays as it is.
 */
export function maskAnswer(result: AttemptResult, entrusted: Entrusted): AttemptResult {
  const { responseHeaders, responseBody } = result;
  const secrets = secretsOf(entrusted);
  return {
    ...result,
    responseHeaders: Object.fromEntries(
      Object.entries(responseHeaders).map(([name, value]) => [name, mask(value, secrets)]),
    ),
    responseBody: responseBody === null ? null : mask(responseBody, secrets),
  };
}

/** The longest first: it may have another one in it. */
function secretsOf({ url, keys, custom }: Entrusted): string[] {
  const { search = "", searchParams = [] } = URL.parse(url) ?? {};
  const values = [
    ...Object.values(custom).flatMap((value) => [value, value.slice(value.indexOf(" ") + 1)]),
    ...search.split("&").map((pair) => pair.slice(pair.indexOf("=") + 1)),
    ...Array.from(searchParams, ([, value]) => value),
    ...keys.flatMap(({ scheme, key }) => (scheme === "v1" ? [key.export().toString("base64")] : [])),
  ];
  const spellings = values.flatMap((value) => {
    const inJson = JSON.stringify(value).slice(1, -1);
    return [value, inJson, inJson.replaceAll("/", String.raw`\/`)];
  });
  const secrets = new Set(spellings.filter(({ length }) => length >= LEAST_CHARACTERS));
  return [...secrets].toSorted((a, b) => b.length - a.length);
}

function mask(text: string, secrets: readonly string[]): string {
  const masked = secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
  return secrets.reduce(maskStart, masked);
}

/** A text may have been cut off within a secret: then only the beginning of it is there, at the end. */
function maskStart(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= LEAST_CHARACTERS; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + MASK;
  }
  return text;
}
