import type { NamedItems, NotificationText } from "@relink/core";
import { render, toPlainText } from "react-email";
import { cleanName } from "./clean-name.ts";
import { EmailInputError, type RenderedEmail } from "./render-email.tsx";
import { showUtc } from "./show-utc.ts";
import { TeamLayout } from "./templates/team-letter.tsx";

export interface TeamMailInput {
  text: NotificationText;
  named: NamedItems | null;
  /** The product that the Items belong to. */
  productName: string;
  /** Of Plaid. */
  environment: string | null;
  /** What the mail comes from, as it is shown: `sub_…`. */
  subscriptionId: string;
  /** Where the reader can pause it. Absolute. */
  unsubscribeUrl: string;
}

/**
 * A mail to a product team. In English, as everything that teams read; times are in UTC.
 *
 * @throws {@link EmailInputError} if the product has no usable name, or the address to pause it is not `http(s)://…`.
 */
export async function renderTeamMail(input: TeamMailInput): Promise<RenderedEmail> {
  const { text, named, environment, subscriptionId, unsubscribeUrl } = input;
  const product = cleanName(input.productName);
  if (product === "") throw new EmailInputError("the product has no name that can be shown: set PRODUCT_NAME");
  if (!URL.canParse(unsubscribeUrl) || !/^https?:$/.test(new URL(unsubscribeUrl).protocol)) {
    throw new EmailInputError("the link to pause a mail must be an absolute http or https URL: check LINK_PUBLIC_URL");
  }
  const rows = text.rows.map(({ label, value }) => ({
    label,
    value: value instanceof Date ? showUtc(value) : value,
  }));
  if (environment !== null) rows.push({ label: "Environment", value: environment });
  const html = await render(
    <TeamLayout
      product={product}
      title={text.headline}
      preview={text.explanation ?? rows.map(({ label, value }) => `${label}: ${value}`).join(" · ")}
      explanation={text.explanation}
      rows={rows}
      named={named}
      why={`Relink sends this mail for the subscription ${subscriptionId} of your team.`}
      unsubscribeUrl={unsubscribeUrl}
    />,
  );
  const plain = toPlainText(html, {
    selectors: [
      { selector: "h1", options: { uppercase: false, leadingLineBreaks: 2 } },
      { selector: "p", options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ],
  });
  return { subject: `[${product}] ${text.headline}`, html, text: `${plain}\n` };
}
