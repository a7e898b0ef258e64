import { Marked } from "marked";
import { Html, html } from "./html.ts";

const marked = new Marked({ renderer: { code: ({ text }) => codeBox(text).text } });

/** Lines of code. The box scrolls sideways, so it has to be within reach of the keyboard. */
export function codeBox(text: string): Html {
  return html`<pre tabindex="0"><code>${text}</code></pre>`;
}

/** Markdown of our own as HTML. Nothing that a caller sends may come here: HTML in it is taken as it is. */
export function markdown(text: string): Html {
  return new Html(marked.parse(text, { async: false }));
}
