import type { ReactNode } from "react";

/** How the line between the product and the bank is drawn. */
export type LineKind = "broken" | "pending" | "working" | "connected" | "resting";

function Icon({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <svg
      className={className ?? "icon"}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

/** A padlock. */
export function LockIcon() {
  return (
    <Icon>
      <rect x="5" y="10.5" width="14" height="9.5" rx="2.25" />
      <path d="M8 10.5V8a4 4 0 0 1 8 0v2.5" />
    </Icon>
  );
}

function BankIcon() {
  return (
    <Icon>
      <path d="M4 9.5 12 5l8 4.5H4ZM6.5 12v5M10.2 12v5M13.8 12v5M17.5 12v5M4 19.5h16" />
    </Icon>
  );
}

const BADGES = {
  broken: <path d="M12 7.5v5.5M12 16.6v.1" />,
  pending: <path d="M6.5 12h.01M12 12h.01M17.5 12h.01" />,
  working: <path d="M20 12a8 8 0 1 1-5.5-7.6" />,
  connected: <path d="m7 12.5 3.4 3.4L17 9.2" />,
  resting: <path d="M8 12h8" />,
} satisfies Record<LineKind, ReactNode>;

/** The product and the bank, with the state of the line between them. A picture of what the heading says. */
export function Connection({ product, line }: { product: string; line: LineKind }) {
  return (
    <div className={`connection connection-${line}`} aria-hidden="true">
      <span className="tile tile-product">{initialOf(product)}</span>
      <span className="line">
        <span className="badge">
          <Icon className="badge-icon">{BADGES[line]}</Icon>
        </span>
      </span>
      <span className="tile tile-bank">
        <BankIcon />
      </span>
    </div>
  );
}

/** The first letter of a name, as a person sees it. */
export function initialOf(name: string): string {
  const [first] = new Intl.Segmenter("en").segment(name.trim());
  return first === undefined ? "" : first.segment.toUpperCase();
}
