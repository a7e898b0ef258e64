/** Text that is HTML already. All other text is escaped where {@link html} puts it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | readonly Part[];

/** HTML with values in it: text is escaped, HTML is taken as it is, lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(
    strings.map((text, index) => text + (index < values.length ? toText(values[index] ?? "") : "")).join(""),
  );
}

/** What goes there if there is something to say, and nothing otherwise. */
export function htmlIf(condition: boolean, part: () => Html): Html {
  return condition ? part() : new Html("");
}

function toText(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escapeText(String(part));
  return part.map((one) => toText(one)).join("");
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeText(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}
