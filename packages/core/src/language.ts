/** The languages that users are addressed in. Plaid Link speaks them too. */
export const LANGUAGES = ["en", "es", "fr"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language for a locale such as `fr-CA`; English for one that is missing, or that we do not speak. */
export function languageOf(locale: string | null | undefined): Language {
  const first = locale?.toLowerCase().split(/[-_]/)[0];
  return LANGUAGES.find((language) => language === first) ?? "en";
}
