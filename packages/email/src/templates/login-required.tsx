import { Layout, Paragraph, type TemplateProps } from "./layout.tsx";

/** The bank wants its customer to sign in again, and that is all that is needed. */
export function LoginRequired(props: TemplateProps) {
  const { product, bank } = props;
  return (
    <Layout
      {...props}
      title={`Reconnect ${bank}`}
      preview={`Sign in to ${bank} once more, and ${product} can update your accounts again.`}
      action="Sign in and reconnect"
    >
      <Paragraph>
        {`The connection between ${bank} and ${product} has stopped, because the bank asks you to sign in again. Until you do, ${product} cannot update your accounts.`}
      </Paragraph>
      <Paragraph>
        This usually happens after a password change, when the permission you gave has run out, or when a bank moves to
        a new way of signing in.
      </Paragraph>
      <Paragraph>
        {`The link below opens a secure page where you sign in to ${bank}. It usually takes about a minute.`}
      </Paragraph>
    </Layout>
  );
}

/** The part of the subject after the product's name. */
export function loginRequiredSubject(bank: string): string {
  return `reconnect ${bank}`;
}
