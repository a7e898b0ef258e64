import type { ReactNode } from "react";
import type { Language } from "@relink/core";
import { Button, Link, Section, Text } from "react-email";
import { onColor } from "../on-color.ts";
import { Frame, LIGHT, Paragraph, paragraph, small } from "./frame.tsx";

/** A letter, with everything in words. Names in it are clean. */
export interface Letter {
  language: Language;
  product: string;
  title: string;
  /** The line that a list of mails shows after the subject. */
  preview: string;
  hello: string;
  paragraphs: readonly string[];
  steps: readonly { title: string; text: string }[];
  button: { label: string; link: string; copy: string; below: string } | null;
  /** The small print: why this mail came, and what is never asked for. */
  footer: readonly string[];
  logoUrl?: string | undefined;
  /** Of the button. `#rrggbb`. */
  color?: string | undefined;
}

/** One thing to do, numbered, with a line in bold and a word of explanation. */
function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <Text className="text" style={paragraph}>
      <strong>{`${number}. ${title}`}</strong>
      <br />
      {children}
    </Text>
  );
}

/** Every mail to an end user: who writes, what happened, one button, and why this mail came. */
export function Layout(letter: Letter) {
  const { language, product, title, preview, footer, button, logoUrl, color } = letter;
  const accent = color ?? LIGHT.accent;
  return (
    <Frame {...{ language, product, title, preview, footer, logoUrl }} isBranded={color !== undefined}>
      <Paragraph>{letter.hello}</Paragraph>
      {letter.paragraphs.map((paragraphText) => (
        <Paragraph key={paragraphText}>{paragraphText}</Paragraph>
      ))}
      {letter.steps.map((step, index) => (
        <Step key={step.title} number={index + 1} title={step.title}>
          {step.text}
        </Step>
      ))}
      {button !== null && (
        <>
          <Section style={{ padding: "12px 0 28px" }}>
            <Button
              className="button"
              href={button.link}
              style={{
                backgroundColor: accent,
                borderRadius: "8px",
                color: color === undefined ? LIGHT.onAccent : onColor(color),
                fontSize: "16px",
                fontWeight: 600,
                padding: "15px 28px",
                textAlign: "center",
              }}
            >
              {button.label}
            </Button>
          </Section>
          <Text className="muted" data-skip-in-text style={{ ...small, margin: 0 }}>
            {button.copy}
          </Text>
          <Text data-skip-in-text style={{ ...small, fontSize: "13px", wordBreak: "break-all" }}>
            <Link className="link" href={button.link} style={{ color: LIGHT.accent, textDecoration: "underline" }}>
              {button.link}
            </Link>
          </Text>
          <Text className="muted" style={small}>
            {button.below}
          </Text>
        </>
      )}
    </Frame>
  );
}
