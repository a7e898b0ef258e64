import type { Language } from "@relink/core";
import { en } from "./en.ts";
import { es } from "./es.ts";
import { fr } from "./fr.ts";
import type { Names, Texts } from "./texts.ts";

export type { Names, NoticeName, Step, Texts, VariantName, Words } from "./texts.ts";

export const TEXTS: Readonly<Record<Language, Texts>> = { en, es, fr };

/** @param bank - as the provider names it; null says "your bank". */
export function namesOf(texts: Texts, product: string, bank: string | null): Names {
  const name = bank ?? texts.yourBank;
  return { product, bank: name, Bank: name.charAt(0).toUpperCase() + name.slice(1) };
}
