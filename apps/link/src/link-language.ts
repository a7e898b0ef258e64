/** @see https://plaid.com/docs/api/link/#link-token-create-request-language (checked 2026-11-21) */
const LANGUAGES = new Set("da nl en et fr de hi it lv lt no pl pt ro es sv vi".split(" "));

/** Bokmål and Nynorsk: Link calls both by the old common code. */
const NORWEGIAN = new Set(["nb", "nn"]);

/**
 * The language that Link is to speak with a user.
 *
 * @param locale - BCP 47, such as `fr-CA`; null if it is not known.
 * @returns one that Link supports; `en` where it does not support the user's.
 */
export function linkLanguage(locale: string | null): string {
  const language = (locale ?? "").split(/[-_]/)[0]?.toLowerCase() ?? "";
  if (NORWEGIAN.has(language)) return "no";
  return LANGUAGES.has(language) ? language : "en";
}
