import { Fragment, type ReactNode } from "react";
import type { Language } from "@relink/core";
import type { PanelName } from "../panels.ts";
import { Connection, type LineKind, Mark } from "./marks.tsx";
import { type Names, type Step, TEXTS } from "./texts/index.ts";

/** What a button does: opens Link, asks for a new mail, or does once more what it did last. */
export type ActionKind = "connect" | "new_mail" | "again";

/** One thing to say: a heading, a few sentences, and a button if there is something to press. */
export interface PanelContent {
  line: LineKind;
  title: string;
  /** May hold `{date}`. */
  lead: string;
  /** For `{date}`. */
  date?: Date | undefined;
  /** Numbered, under the lead: what to do before the button is pressed. */
  todo?: readonly Step[] | undefined;
  action?: { does: ActionKind; label: string } | undefined;
  /** Under the button: what will happen. */
  next?: readonly Step[] | undefined;
  /** The last line. */
  note?: string | undefined;
  /** Instead of the lead, by the code of an error: the script chooses. */
  reasons?: Readonly<Record<string, string>> | undefined;
}

/** A panel as it stands in the page; all but the first are hidden until the script shows them. */
export function Panel(props: {
  name: PanelName | "notice";
  content: PanelContent;
  names: Names;
  language: Language;
  isHidden: boolean;
}) {
  const { name, content, names, language } = props;
  const texts = TEXTS[language];
  const isWorking = content.line === "working";
  return (
    <section className="panel" data-panel={name} aria-labelledby={`title-${name}`} hidden={props.isHidden}>
      <Connection product={names.product} line={content.line} />
      <h1 id={`title-${name}`} tabIndex={-1}>
        {content.title}
      </h1>
      <p className="lead" data-lead>
        <Fill text={content.lead} slot="{date}">
          <Day at={content.date} language={language} />
        </Fill>
      </p>
      {content.reasons &&
        Object.entries(content.reasons).map(([code, reason]) => (
          <p key={code} data-reason={code} hidden>
            {reason}
          </p>
        ))}
      {content.todo && <Steps steps={content.todo} />}
      {content.action && <Action {...content.action} busy={busyLabel(content.action.does)} />}
      {(content.action || isWorking) && (
        <p className="no-script" role="note">
          {texts.noScript}
        </p>
      )}
      {content.next && (
        <>
          <h2>{texts.nextTitle}</h2>
          <Steps steps={content.next} />
        </>
      )}
      {content.note !== undefined && <p className="note">{content.note}</p>}
      {content.action?.does === "connect" && (
        <p className="privacy">
          <Mark name="lock" />
          <span>{texts.privacy(names)}</span>
        </p>
      )}
    </section>
  );

  function busyLabel(does: ActionKind): string {
    return does === "new_mail" ? texts.sending : texts.opening;
  }
}

function Action({ does, label, busy }: { does: ActionKind; label: string; busy: string }) {
  return (
    <div className="action">
      <button type="button" className="button" data-action={does} data-busy={busy}>
        <span className="spinner" aria-hidden="true" />
        <span data-label>{label}</span>
      </button>
    </div>
  );
}

/** A text with something in the place of each slot. */
export function Fill({ text, slot, children }: { text: string; slot: string; children: ReactNode }) {
  return text.split(slot).map((part, index) => (
    // The parts of a text do not move.
    // oxlint-disable-next-line react/no-array-index-key
    <Fragment key={index}>
      {index > 0 && children}
      {part}
    </Fragment>
  ));
}

/** A day as the world counts it; the script puts the day in its place that it is where the person is. */
function Day({ at, language }: { at: Date | undefined; language: Language }) {
  if (at === undefined) return null;
  const day = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(at);
  return <time dateTime={at.toISOString()}>{day}</time>;
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
