import { expect, test } from "vitest";
import { linkLanguage } from "./link-language.ts";

test.each([
  [null, "en"],
  ["", "en"],
  ["en-GB", "en"],
  ["fr-CA", "fr"],
  ["pt_BR", "pt"],
  ["ES", "es"],
  ["nb-NO", "no"],
  ["nn", "no"],
  ["ja", "en"],
  ["zh-Hant-TW", "en"],
  ["x'; drop", "en"],
])("Link speaks with a user of locale %s in %s", (locale, language) => {
  expect(linkLanguage(locale)).toBe(language);
});
