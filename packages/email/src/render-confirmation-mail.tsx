import { render, toPlainText } from "react-email";
import { cleanName } from "./clean-name.ts";
import { EmailInputError, type RenderedEmail } from "./render-email.tsx";
import { showUtc } from "./show-utc.ts";
import { Layout } from "./templates/letter.tsx";

export interface ConfirmationMailInput {
  /** The team that named the address. */
  teamName: string;
  /** The product that the Items belong to. */
  productName: string;
  /** What would be sent, in a line each. */
  subjects: readonly string[];
  /** What would send it, as it is shown: `sub_…`. */
  subscriptionId: string;
  /** The page where the reader says yes or no. Absolute. */
  confirmUrl: string;
  /** When the link stops working. */
  expiresAt: Date;
}

/**
 * The mail that asks an address whether it wants a team's mails. In English, as everything that teams read; times are in
 * UTC. Of what the team has written only its name stands in it, which whoever runs Relink has given it.
 *
 * @throws {@link EmailInputError} if the product has no usable name, or the address of the page is not `http(s)://…`.
 */
export async function renderConfirmationMail(input: ConfirmationMailInput): Promise<RenderedEmail> {
  const { subjects, subscriptionId, confirmUrl, expiresAt } = input;
  const product = cleanName(input.productName);
  const team = cleanName(input.teamName) || "without a name";
  if (product === "") throw new EmailInputError("the product has no name that can be shown: set PRODUCT_NAME");
  if (!URL.canParse(confirmUrl) || !/^https?:$/.test(new URL(confirmUrl).protocol)) {
    throw new EmailInputError(
      "the link to confirm an address must be an absolute http or https URL: check LINK_PUBLIC_URL",
    );
  }
  const link = new URL(confirmUrl).href;
  const html = await render(
    <Layout
      language="en"
      product={product}
      title="Do you want these mails?"
      preview={`The team “${team}” wants Relink to send mails to this address. Nothing comes until you confirm it.`}
      hello="Hello,"
      paragraphs={[
        `The team “${team}” wants Relink to send mails to this address. Relink keeps the connections of ${product} to its users’ banks working. The mails would be about:`,
        ...subjects.map((subject) => `• ${subject}`),
        "Nothing is sent until you confirm it. If you do not know what this is about, you can say so on the same page, or do nothing: then nothing comes.",
      ]}
      steps={[]}
      button={{
        label: "Confirm or decline",
        link,
        copy: "If the button does not work, copy this link into your browser:",
        below: `The link works until ${showUtc(expiresAt)}. It opens a page with both answers; opening it changes nothing.`,
      }}
      footer={[
        `You get this mail because somebody of the team “${team}” has named this address for the subscription ${subscriptionId}.`,
        "Relink never asks for a password by mail.",
      ]}
    />,
  );
  const plain = toPlainText(html, {
    selectors: [{ selector: "h1", options: { uppercase: false, leadingLineBreaks: 2 } }],
  });
  // The button's label and its link, each on a line of its own.
  const text = plain.replace(` ${link}`, () => `:\n${link}`);
  return { subject: `[${product}] Please confirm: mails for the team “${team}”`, html, text: `${text}\n` };
}
