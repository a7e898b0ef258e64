import type { CSSProperties, ReactNode } from "react";
import type { Language } from "@relink/core";
import { Body, Container, Head, Heading, Hr, Html, Img, Preview, Section, Text } from "react-email";

const FONT = '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

export const LIGHT = {
  page: "#f3f5f8",
  card: "#ffffff",
  line: "#e1e6ed",
  text: "#1c2430",
  muted: "#566072",
  accent: "#1a56c4",
  onAccent: "#ffffff",
};

const DARK = {
  page: "#0f1318",
  card: "#1a2028",
  line: "#303946",
  text: "#e9edf3",
  muted: "#a9b4c3",
  accent: "#8db6ff",
  onAccent: "#0b1a33",
};

// Mail programs that know nothing of style sheets show the light colours, which stand inline on every element. A button
// in the company's colour keeps it at night: what is written on it can be read on any ground. A logo is made for paper, so at
// night it lies on a white plate.
const styleSheet = (isBranded: boolean): string => `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 600px) {
  .outside { padding: 0 !important; }
  .card { border-radius: 0 !important; border-left: 0 !important; border-right: 0 !important; }
  .inside { padding: 28px 22px !important; }
  .button { display: block !important; }
}
@media (prefers-color-scheme: dark) {
  body, .page { background-color: ${DARK.page} !important; }
  .card { background-color: ${DARK.card} !important; border-color: ${DARK.line} !important; }
  .line { border-color: ${DARK.line} !important; }
  .text { color: ${DARK.text} !important; }
  .muted { color: ${DARK.muted} !important; }
  .link { color: ${DARK.accent} !important; }
  .logo { background-color: ${LIGHT.card} !important; padding: 8px !important; }
  ${isBranded ? "" : `.button { background-color: ${DARK.accent} !important; color: ${DARK.onAccent} !important; }`}
}
`;

export const paragraph: CSSProperties = { color: LIGHT.text, fontSize: "16px", lineHeight: "26px", margin: "0 0 16px" };
export const small: CSSProperties = { color: LIGHT.muted, fontSize: "14px", lineHeight: "22px", margin: "0 0 12px" };

/** A paragraph of a mail. */
export function Paragraph({ children }: { children: ReactNode }) {
  return (
    <Text className="text" style={paragraph}>
      {children}
    </Text>
  );
}

/** Text whose error codes stay in one piece, unless the line is too narrow: then they break between their words. */
function WithCodes({ text }: { text: string }) {
  return text.split(/(\S*_\S*)/).map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <span key={index} style={{ display: "inline-block" }}>
        {part.split(/(?<=_)/).flatMap((word, at) => (at === 0 ? word : [<wbr key={at} />, word]))}
      </span>
    ),
  );
}

/**
 * What every mail looks like: a card on a page, with who writes at its top and the small print at its end.
 *
 * Nothing is loaded from elsewhere but the company's logo, if there is one. Its address is the same in every mail, so it
 * tells nobody who has read which.
 */
export function Frame(mail: {
  language: Language;
  product: string;
  title: string;
  /** The line that a list of mails shows after the subject. */
  preview: string;
  logoUrl?: string | undefined;
  /** Whether its button has the company's colour. */
  isBranded: boolean;
  footer: readonly ReactNode[];
  children: ReactNode;
}) {
  const { language, product, title, logoUrl } = mail;
  return (
    <Html lang={language}>
      <Head>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        {/* Keeps iOS from turning names, dates and numbers into links. */}
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no" />
        <title>{title}</title>
        <style>{styleSheet(mail.isBranded)}</style>
      </Head>
      <Body style={{ backgroundColor: LIGHT.page, fontFamily: FONT, margin: 0, padding: 0 }}>
        <Preview useTitleTag={false}>{mail.preview}</Preview>
        <Section className="page" tdClassName="outside" style={{ backgroundColor: LIGHT.page, padding: "32px 12px" }}>
          <Container
            className="card"
            tdClassName="inside"
            style={{
              backgroundColor: LIGHT.card,
              border: `1px solid ${LIGHT.line}`,
              borderCollapse: "separate",
              borderRadius: "12px",
              maxWidth: "560px",
              overflowWrap: "anywhere",
              padding: "36px 40px",
              textAlign: "left",
            }}
          >
            {logoUrl === undefined ? (
              <Text className="muted" style={{ ...small, fontSize: "15px", fontWeight: 600, margin: "0 0 24px" }}>
                {product}
              </Text>
            ) : (
              <Img
                className="logo"
                src={logoUrl}
                alt={product}
                height="32"
                style={{ borderRadius: "6px", height: "32px", margin: "0 0 24px", maxWidth: "100%" }}
              />
            )}
            <Heading
              as="h1"
              className="text"
              style={{
                color: LIGHT.text,
                fontSize: "24px",
                fontWeight: 700,
                letterSpacing: "-0.01em",
                lineHeight: "32px",
                margin: "0 0 20px",
              }}
            >
              <WithCodes text={title} />
            </Heading>
            {mail.children}
            <Hr className="line" style={{ borderColor: LIGHT.line, margin: "24px 0" }} />
            {mail.footer.map((line, index) => (
              <Text key={index} className="muted" style={small}>
                {line}
              </Text>
            ))}
          </Container>
        </Section>
      </Body>
    </Html>
  );
}
