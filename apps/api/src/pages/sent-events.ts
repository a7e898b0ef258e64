import { describeField, describeSchema, resolveSchema, type Schema, type Shapes } from "./describe-schema.ts";
import { type Html, html } from "./html.ts";
import { markdown } from "./markdown.ts";
import { type Examples, showExamples } from "./show-examples.ts";

/** What the page reads of a webhook in the description of the API. */
export interface DescribedWebhook {
  description: string;
  parameters: readonly { name: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody: { content: { "application/json": Examples & { schema: Schema } } };
  responses: Readonly<Record<string, { description: string }>>;
}

export type Webhooks = Readonly<Record<string, { post: DescribedWebhook }>>;

/** What receivers are sent: what all events have in common once, then what each type says. */
export function sentEvents(webhooks: Webhooks, shapes: Shapes): Html {
  const types = Object.entries(webhooks).map(([type, { post }]) => {
    const body = post.requestBody.content["application/json"];
    return { type, ...post, body, fields: resolveSchema(body.schema, shapes).properties ?? {} };
  });
  const [usual] = types;
  if (usual === undefined) return html``;
  const envelope = Object.entries(usual.fields).filter(([name]) => name !== "type" && name !== "data");
  return html`<section id="sent-events">
    <h2>Events that are sent</h2>
    <p>
      Relink posts each event to the subscriptions that want it. <code>type</code> names it, and what
      <code>data</code> holds depends on that. Ignore fields and types that you do not know: new ones come without
      notice.
    </p>
    <h3>What every event has</h3>
    <dl>
      ${envelope.map(([name, schema]) => describeField(name, schema, true))}
      ${usual.parameters.map(({ name, required, schema, ...about }) =>
        describeField(name, { ...schema, ...about }, required === true, "a header"),
      )}
    </dl>
    <h3>What your answer does</h3>
    ${describeAnswers(usual)}
    ${types.map(
      ({ type, description, body, fields, ...answered }) =>
        html`<section id="${type}" class="event">
          <h3><code>${type}</code></h3>
          ${markdown(description)}
          <h4>What <code>data</code> holds</h4>
          ${describeSchema(fields["data"] ?? {})} ${showExamples(body)}
          ${
            isAnsweredAlike(answered, usual)
              ? ""
              : html`<h4>What your answer does</h4>
                  ${describeAnswers(answered)}`
          }
        </section>`,
    )}
  </section>`;
}

type Answered = Pick<DescribedWebhook, "responses">;

function isAnsweredAlike({ responses }: Answered, other: Answered): boolean {
  return JSON.stringify(responses) === JSON.stringify(other.responses);
}

function describeAnswers({ responses }: Answered): Html {
  // An object has its numbers first: 410 before 2XX.
  const inOrder = Object.entries(responses).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const rows = inOrder.map(
    ([status, { description }]) =>
      html`<dt>${status === "default" ? "Anything else" : html`<code>${status.toLowerCase()}</code>`}</dt>
        <dd>${markdown(description)}</dd>`,
  );
  return html`<dl>${rows}</dl>`;
}
