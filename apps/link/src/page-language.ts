import { type Language, LANGUAGES, languageOf } from "@relink/core";
import type { Request } from "express";

/**
 * The language of a page: the user's, as far as we know and speak it, else the browser's.
 *
 * @param locale - the user's; null if it is not known, or not whose page it is.
 */
export function pageLanguage(request: Request, locale: string | null): Language {
  if (locale !== null) return languageOf(locale);
  return languageOf(request.acceptsLanguages([...LANGUAGES]) || null);
}
