import { type Html, html } from "./html.ts";
import { codeBox } from "./markdown.ts";

export interface Examples {
  examples?: Readonly<Record<string, { value?: unknown }>>;
}

const SHOWN_INDENT = 2;

/** Each to be opened. */
export function showExamples({ examples = {} }: Examples): Html {
  const shown = Object.entries(examples).map(([name, { value }]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value, null, SHOWN_INDENT);
    return html`<details>
      <summary>${name === "example" ? "Example" : `Example: ${name}`}</summary>
      ${codeBox(text)}
    </details>`;
  });
  return html`${shown}`;
}
