import type { ReactNode } from "react";

/** How the line between the product and the bank is drawn. */
export type LineKind = "broken" | "pending" | "working" | "connected" | "resting";

/** Drawn with lines, on 24 by 24. */
const DRAWINGS = {
  broken: <path d="M12 6.5v6.5M12 17.2v.01" />,
  pending: <path d="M6.5 12h.01M12 12h.01M17.5 12h.01" />,
  working: <path d="M20 12a8 8 0 1 1-5.5-7.6" />,
  connected: <path d="m7 12.5 3.4 3.4L17 9.2" />,
  resting: <path d="M8 12h8" />,
  bank: <path d="M4 9.5 12 5l8 4.5H4ZM6.5 12v5M10.2 12v5M13.8 12v5M17.5 12v5M4 19.5h16" />,
  lock: (
    <path d="M7.2 10.5h9.6a2.2 2.2 0 0 1 2.2 2.2v5.1a2.2 2.2 0 0 1-2.2 2.2H7.2A2.2 2.2 0 0 1 5 17.8v-5.1a2.2 2.2 0 0 1 2.2-2.2ZM8 10.5V8a4 4 0 0 1 8 0v2.5" />
  ),
} satisfies Record<LineKind | "bank" | "lock", ReactNode>;

/** Every drawing once; to be put into a page that shows a {@link Mark}. */
export function Drawings() {
  return (
    <svg className="drawings">
      {Object.entries(DRAWINGS).map(([name, drawing]) => (
        <symbol key={name} id={`mark-${name}`} viewBox="0 0 24 24">
          {drawing}
        </symbol>
      ))}
    </svg>
  );
}

/** A drawing in the colour of the text. An ornament: nothing that the text does not say. */
export function Mark({ name }: { name: keyof typeof DRAWINGS }) {
  return (
    <svg className="mark" aria-hidden="true">
      <use href={`#mark-${name}`} />
    </svg>
  );
}

/** The product and the bank, with the state of the line between them. A picture of what the heading says. */
export function Connection({ product, line }: { product: string; line: LineKind }) {
  return (
    <div className={`connection connection-${line}`} aria-hidden="true">
      <span className="tile tile-product">{initialOf(product)}</span>
      <span className="line">
        <span className="badge">
          <Mark name={line} />
        </span>
      </span>
      <span className="tile tile-bank">
        <Mark name="bank" />
      </span>
    </div>
  );
}

/** The first letter of a name, as a person sees it. */
function initialOf(name: string): string {
  const [first] = new Intl.Segmenter("en").segment(name.trim());
  return first === undefined ? "" : first.segment.toUpperCase();
}
