import { Layout, Paragraph, Step, type TemplateProps } from "./layout.tsx";

/** What the user has to put right at the bank before the connection can be repaired. */
export type BankActionReason = "locked" | "password_reset" | "setup";

interface Wording {
  happened: (bank: string) => string;
  step: string;
  how: string;
}

const WORDING = {
  locked: {
    happened: (bank) =>
      `the online access to ${bank} is locked. Banks do this to protect you, usually after a few sign-in attempts that did not work.`,
    step: "Unlock your online access at the bank",
    how: "Use the bank’s own website or app, or call the number on your card.",
  },
  password_reset: {
    happened: (bank) => `${bank} asks you to choose a new password before you can sign in again.`,
    step: "Choose a new password at the bank",
    how: "Use the bank’s own website or app, the way you always open it.",
  },
  setup: {
    happened: (bank) =>
      `${bank} asks you to finish something in your online banking first, such as accepting new terms or allowing other apps to connect.`,
    step: "Finish it at the bank",
    how: "Sign in on the bank’s own website or in its app, and follow what it asks there.",
  },
  unknown: {
    happened: (bank) =>
      `${bank} asks you to do something in your online banking first, such as unlocking your access, choosing a new password or accepting new terms.`,
    step: "See what the bank asks for",
    how: "Sign in on the bank’s own website or in its app, and follow what it asks there.",
  },
} satisfies Record<BankActionReason | "unknown", Wording>;

/** The user has to do something at the bank first, and signs in again after that. */
export function BankActionRequired(props: TemplateProps & { reason?: BankActionReason | undefined }) {
  const { product, bank } = props;
  const wording: Wording = WORDING[props.reason ?? "unknown"];
  return (
    <Layout
      {...props}
      title={`Two steps to reconnect ${bank}`}
      preview={`${wording.step}, then sign in once more from this email.`}
      action="Reconnect"
    >
      <Paragraph>
        {`The connection between ${bank} and ${product} has stopped: ${wording.happened(bank)} Until this is put right, ${product} cannot update your accounts.`}
      </Paragraph>
      <Step number={1} title={wording.step}>
        {`${wording.how} ${product} cannot do this for you.`}
      </Step>
      <Step number={2} title="Come back here and reconnect">
        {`The link below opens a secure page where you sign in to ${bank} once more. It usually takes about a minute.`}
      </Step>
    </Layout>
  );
}

/** The part of the subject after the product's name. */
export function bankActionRequiredSubject(bank: string): string {
  return `two steps to reconnect ${bank}`;
}
