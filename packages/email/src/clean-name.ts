/** Longest name shown to a person, in characters as a person counts them. */
const MAX_NAME_CHARACTERS = 100;

/** What is looked at before the cap, so that a name of megabytes costs nothing. Far above what 100 characters need. */
const MAX_INPUT_LENGTH = 1_000;

const LINE_BREAKING = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
// Invisible characters: bidi controls (U+202A to U+202E, U+2066 to U+2069), zero-width space, tags. The two joiners
// U+200C and U+200D stay, because Persian, Hindi and emoji are spelled with them.
const INVISIBLE = /(?![\u200c\u200d])[\p{Cf}\p{Co}\p{Cn}\ufffd]+/gu;

const PHONE_NUMBER = /\+?\d(?:[\s().-]*\d){6,}/gu;

/** A word that is a link, or holds one. */
const LINK_LIKE = [
  /\/\/|www\.|@.*\./iu, // a URL, with or without its scheme, or an address
  /\b(?:https?|ftp|javascript|data|mailto|tel|sms):/iu,
  /[\p{L}\p{N}][.。．｡]\p{L}{2,}[/:?#]/u, // a host with a port, path or query
  /\d{1,3}(?:\.\d{1,3}){3}/u, // an IPv4 address
];

/** The dot of a bare host name. Not that of an abbreviation (`N.A.`, `U.S. Bank`), where one letter follows. */
const HOST_DOT = /(?<=[\p{L}\p{N}])[.。．｡](?=\p{L}{2})/gu;

/**
 * A name from outside (an institution's, a product's, a person's), made fit to stand in a mail.
 *
 * A name is data that somebody else chose, so it must not be able to break a header, to reorder the text around it, or
 * to carry a link that a mail program makes clickable:
 *
 * - control characters become a space; bidi controls and other invisible characters go;
 * - URLs, addresses of any kind and telephone numbers go;
 * - a bare host name stays readable and loses its dots: `Crypto.com` becomes `Crypto com`;
 * - white space is collapsed, and the result is cut to 100 characters.
 *
 * HTML is left alone: whoever puts the name into HTML escapes it, as React does.
 *
 * @returns The clean name, empty if nothing is left of it.
 */
export function cleanName(name: string): string {
  const clean = name
    .slice(0, MAX_INPUT_LENGTH)
    .toWellFormed()
    .normalize("NFC")
    .replace(LINE_BREAKING, " ")
    .replace(INVISIBLE, "")
    .replace(PHONE_NUMBER, " ")
    .split(/\s+/u)
    .filter((word) => !LINK_LIKE.some((pattern) => pattern.test(word)))
    .join(" ")
    .replace(HOST_DOT, " ")
    .trim();

  const characters = [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(clean)];
  if (characters.length <= MAX_NAME_CHARACTERS) return clean;
  return `${characters
    .slice(0, MAX_NAME_CHARACTERS - 1)
    .map(({ segment }) => segment)
    .join("")
    .trimEnd()}…`;
}
