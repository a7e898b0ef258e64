import type { NamedItems } from "@relink/core";
import { Link, Section, Text } from "react-email";
import { Frame, LIGHT, Paragraph, paragraph, small } from "./frame.tsx";

/** A mail to a product team, with everything in words. Names in it are clean. */
export interface TeamLetter {
  product: string;
  title: string;
  preview: string;
  explanation: string | null;
  rows: readonly { label: string; value: string }[];
  named: NamedItems | null;
  /** Why this mail came. */
  why: string;
  unsubscribeUrl: string;
}

/** What happened, the facts in a line each, the Items, and how to get no more of these mails. */
export function TeamLayout(letter: TeamLetter) {
  const { product, title, preview, explanation, rows, named } = letter;
  const footer = [
    letter.why,
    <Link
      key="unsubscribe"
      className="link"
      href={letter.unsubscribeUrl}
      style={{ color: LIGHT.accent, textDecoration: "underline" }}
    >
      Pause these mails
    </Link>,
  ];
  return (
    <Frame {...{ language: "en", product, title, preview, footer }} isBranded={false}>
      {explanation !== null && <Paragraph>{explanation}</Paragraph>}
      <Section>
        {rows.map(({ label, value }) => (
          <Text key={label} className="text" style={{ ...paragraph, margin: "0 0 4px" }}>
            <strong>{label}:</strong> {value}
          </Text>
        ))}
      </Section>
      {named !== null && <Items {...named} />}
    </Frame>
  );
}

function Items({ label, items, more }: NamedItems) {
  return (
    <Section>
      <Text className="muted" style={{ ...small, margin: "20px 0 4px" }}>
        {label}:
      </Text>
      {items.map(({ id, url }) => (
        <Text key={id} className="text" style={{ ...small, color: LIGHT.text, margin: 0 }}>
          {/* Text of its own, so that it can be copied. */}
          <code style={{ fontSize: "13px" }}>{id}</code>
          {url !== null && (
            <>
              {" · "}
              <Link className="link" href={url} style={{ color: LIGHT.accent, textDecoration: "underline" }}>
                timeline
              </Link>
            </>
          )}
        </Text>
      ))}
      {more > 0 && (
        <Text className="muted" style={{ ...small, margin: 0 }}>
          and {more.toLocaleString("en-US")} more
        </Text>
      )}
    </Section>
  );
}
