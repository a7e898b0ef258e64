import type { ReactNode } from "react";
import type { PanelName } from "../panels.ts";
import { Connection, type LineKind, Mark } from "./marks.tsx";

export interface Names {
  /** The company's product. */
  product: string;
  /** The institution, or `your bank`. */
  bank: string;
}

/** One thing to say: a heading, a few sentences, and a button if there is something to press. */
export interface PanelContent {
  line: LineKind;
  title: string;
  lead: ReactNode;
  /** Numbered, under the lead: what to do before the button is pressed. */
  todo?: readonly Step[];
  /** The button's label. The button starts Link. */
  action?: string;
  /** Under the button: what will happen. */
  next?: readonly Step[];
  /** The last line. */
  note?: ReactNode;
}

export interface Step {
  title: string;
  text: string;
}

/** A panel as it stands in the page; all but the first are hidden until the script shows them. */
export function Panel(props: { name: PanelName | "notice"; content: PanelContent; names: Names; isHidden: boolean }) {
  const { name, content, names } = props;
  return (
    <section className="panel" data-panel={name} aria-labelledby={`title-${name}`} hidden={props.isHidden}>
      <Connection product={names.product} line={content.line} />
      <h1 id={`title-${name}`} tabIndex={-1}>
        {content.title}
      </h1>
      <p className="lead" data-lead>
        {content.lead}
      </p>
      {content.todo && <Steps steps={content.todo} />}
      {content.action !== undefined && <Action label={content.action} />}
      {content.next && (
        <>
          <h2>What happens next</h2>
          <Steps steps={content.next} />
        </>
      )}
      {content.note !== undefined && <p className="note">{content.note}</p>}
      {content.action !== undefined && (
        <p className="privacy">
          <Mark name="lock" />
          <span>
            You sign in with {names.bank} through Plaid. {names.product} never sees your password.
          </span>
        </p>
      )}
    </section>
  );
}

function Action({ label }: { label: string }) {
  return (
    <div className="action">
      <button type="button" className="button" data-action="connect">
        <span className="spinner" aria-hidden="true" />
        <span data-label>{label}</span>
      </button>
      <p className="no-script" role="note">
        This page needs JavaScript to open your bank’s sign-in. Switch it on, or open the link in another browser.
      </p>
    </div>
  );
}

function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <ol className="steps">
      {steps.map((step) => (
        <li key={step.title}>
          <strong>{step.title}</strong>
          <span>{step.text}</span>
        </li>
      ))}
    </ol>
  );
}
