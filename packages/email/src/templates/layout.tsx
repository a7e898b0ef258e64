import type { CSSProperties, ReactNode } from "react";
import { Body, Button, Container, Head, Heading, Hr, Html, Link, Preview, Section, Text } from "react-email";

/** What every template is given. Names are clean already; `bank` is the institution's, or `your bank`. */
export interface TemplateProps {
  product: string;
  bank: string;
  /** As it stands in the salutation; left out where it does not look like a name. */
  userName?: string | undefined;
  link: string;
  /** A date and time in words, with its time zone. */
  expires: string;
}

interface LayoutProps extends TemplateProps {
  title: string;
  /** The line that a list of mails shows after the subject. */
  preview: string;
  /** The label of the one button. Fixed words, so that no name can stretch it. */
  action: string;
  children: ReactNode;
}

const FONT = '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const LIGHT = {
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

// Mail programs that know nothing of style sheets show the light colours, which stand inline on every element.
const STYLE_SHEET = `
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
  .button { background-color: ${DARK.accent} !important; color: ${DARK.onAccent} !important; }
}
`;

const paragraph: CSSProperties = { color: LIGHT.text, fontSize: "16px", lineHeight: "26px", margin: "0 0 16px" };
const small: CSSProperties = { color: LIGHT.muted, fontSize: "14px", lineHeight: "22px", margin: "0 0 12px" };

/** A paragraph of the letter. */
export function Paragraph({ children }: { children: ReactNode }) {
  return (
    <Text className="text" style={paragraph}>
      {children}
    </Text>
  );
}

/** One thing to do, numbered, with a line in bold and a word of explanation. */
export function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <Text className="text" style={paragraph}>
      <strong>{`${number}. ${title}`}</strong>
      <br />
      {children}
    </Text>
  );
}

/**
 * The frame of every mail to an end user: who writes, what happened, one button, and why this mail came.
 *
 * Holds no image and nothing that is loaded from elsewhere, so reading the mail tells nobody that it was read.
 */
export function Layout({ product, bank, userName, link, expires, title, preview, action, children }: LayoutProps) {
  return (
    <Html lang="en">
      <Head>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        {/* Keeps iOS from turning names, dates and numbers into links. */}
        <meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no" />
        <title>{title}</title>
        <style>{STYLE_SHEET}</style>
      </Head>
      <Body style={{ backgroundColor: LIGHT.page, fontFamily: FONT, margin: 0, padding: 0 }}>
        <Preview useTitleTag={false}>{preview}</Preview>
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
            <Text className="muted" style={{ ...small, fontSize: "15px", fontWeight: 600, margin: "0 0 24px" }}>
              {product}
            </Text>
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
              {title}
            </Heading>
            <Paragraph>{userName === undefined ? "Hello," : `Hello ${userName},`}</Paragraph>
            {children}
            <Section style={{ padding: "12px 0 28px" }}>
              <Button
                className="button"
                href={link}
                style={{
                  backgroundColor: LIGHT.accent,
                  borderRadius: "8px",
                  color: LIGHT.onAccent,
                  fontSize: "16px",
                  fontWeight: 600,
                  padding: "15px 28px",
                  textAlign: "center",
                }}
              >
                {action}
              </Button>
            </Section>
            <Text className="muted" data-skip-in-text style={{ ...small, margin: 0 }}>
              If the button does not work, copy this link into your browser:
            </Text>
            <Text data-skip-in-text style={{ ...small, fontSize: "13px", wordBreak: "break-all" }}>
              <Link className="link" href={link} style={{ color: LIGHT.accent, textDecoration: "underline" }}>
                {link}
              </Link>
            </Text>
            <Text className="muted" style={small}>
              {`The link works until ${expires}. It reconnects ${bank} and does nothing else.`}
            </Text>
            <Hr className="line" style={{ borderColor: LIGHT.line, margin: "24px 0" }} />
            <Text className="muted" style={small}>
              {`${product} sends you this email because you connected ${bank} to ${product}. If you do not want to reconnect, you can ignore it: you may get a few reminders, and then they stop.`}
            </Text>
            <Text className="muted" style={{ ...small, margin: 0 }}>
              We will never ask for your password by email, so please do not reply with it.
            </Text>
          </Container>
        </Section>
      </Body>
    </Html>
  );
}
