import { readFileSync } from "node:fs";
import { DELIVERY_ERROR_CODES } from "@relink/core";
import { DELIVERY_ERROR_TEXTS } from "@relink/delivery";
import { PROBLEM_KINDS, problemType } from "../problem.ts";
import { CHALLENGE_MISMATCH } from "../subscriptions/ask-endpoint.ts";
import {
  describeField,
  describeSchema,
  resolveSchema,
  type Schema,
  shapeId,
  shapeOf,
  type Shapes,
} from "./describe-schema.ts";
import { exampleRequest } from "./example-request.ts";
import { type Html, html, htmlIf } from "./html.ts";
import { codeBox, markdown } from "./markdown.ts";
import { page } from "./page.ts";
import { sentEvents, type Webhooks } from "./sent-events.ts";
import { type Examples, showExamples } from "./show-examples.ts";

interface DescribedOperation {
  operationId: string;
  tags: readonly string[];
  summary: string;
  description: string;
  parameters?: readonly { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { required?: boolean; content: Readonly<Record<string, Examples & { schema: Schema }>> };
  responses: Readonly<
    Record<string, { description: string; content?: Readonly<Record<string, Examples & { schema: Schema }>> }>
  >;
}

/** What the page reads of the description of the API. */
export interface ApiDescription {
  info: { title: string; description: string };
  tags: readonly { name: string; description: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  webhooks: Webhooks;
  components: { schemas: Shapes };
}

interface Route extends DescribedOperation {
  method: string;
  path: string;
}

const PROBLEM_TYPE = "application/problem+json";

const firstSteps = readFileSync(new URL("first-steps.md", import.meta.url), "utf8");
const conventions = readFileSync(new URL("conventions.md", import.meta.url), "utf8");

/** The API for people: how to begin, what all requests have in common, and every operation. */
export function docsPage(description: ApiDescription): string {
  const routes = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Route => ({ ...operation, method, path })),
  );
  const tags = description.tags
    .map((tag) => ({ ...tag, routes: routes.filter((route) => route.tags.includes(tag.name)) }))
    .filter((tag) => tag.routes.length > 0);
  const always = PROBLEM_KINDS.filter((kind) => routes.every((route) => problemsOf(route).includes(kind)));
  const { webhooks } = description;
  const ofEvents = Object.values(webhooks).map(({ post }) =>
    shapeOf(post.requestBody.content["application/json"].schema),
  );
  const shapes = Object.entries(description.components.schemas).filter(([name]) => !ofEvents.includes(name));

  return page({
    title: `${description.info.title}: the API`,
    nav: html`<a class="skip" href="#content">To the text</a>
      <nav aria-label="Contents">
        <ul>
          <li><a href="#first-steps">First steps</a></li>
          <li><a href="#conventions">Conventions</a></li>
          ${tags.map(
            (tag) =>
              html`<li>
                <a href="#${tagId(tag.name)}">${tag.name}</a>
                <ul>
                  ${tag.routes.map((route) => html`<li><a href="#${route.operationId}">${route.summary}</a></li>`)}
                </ul>
              </li>`,
          )}
          <li>
            <a href="#sent-events">Events that are sent</a>
            <ul>
              ${Object.keys(webhooks).map((type) => html`<li><a href="#${type}">${type}</a></li>`)}
            </ul>
          </li>
          <li><a href="#delivery-errors">Why deliveries fail</a></li>
          <li><a href="#shapes">Shapes</a></li>
          <li><a href="/v1/problems">Problems</a></li>
          <li><a href="/v1/openapi.json">OpenAPI</a></li>
        </ul>
      </nav>`,
    content: html`<h1 id="content">${description.info.title}</h1>
      ${markdown(description.info.description)}
      <section id="first-steps">${markdown(firstSteps)}</section>
      <section id="conventions">
        ${markdown(conventions)}
        <p>Any request can run into ${problemLinks(always)}.</p>
      </section>
      ${tags.map(
        (tag) =>
          html`<section id="${tagId(tag.name)}">
            <h2>${tag.name}</h2>
            ${markdown(tag.description)}
            ${tag.routes.map((route) => describeRoute(route, always, description.components.schemas))}
          </section>`,
      )}
      ${sentEvents(webhooks, description.components.schemas)}
      <section id="delivery-errors">
        <h2>Why deliveries fail</h2>
        <p>
          The <code>error_code</code> of an attempt, of a delivery, and of the question whether a receiver wants to be
          called.
        </p>
        <dl>
          ${DELIVERY_ERROR_CODES.map((code) => {
            const { what, advice } = DELIVERY_ERROR_TEXTS[code];
            return html`<dt id="${code}"><code>${code}</code> ${what}</dt>
              <dd>${advice}</dd>`;
          })}
          <dt id="${CHALLENGE_MISMATCH.error_code}">
            <code>${CHALLENGE_MISMATCH.error_code}</code> ${CHALLENGE_MISMATCH.detail}
          </dt>
          <dd>${CHALLENGE_MISMATCH.advice}</dd>
        </dl>
      </section>
      <section id="shapes">
        <h2>Shapes</h2>
        ${shapes.map(
          ([name, schema]) =>
            html`<section id="${shapeId(name)}" class="shape">
              <h3>${name}</h3>
              ${htmlIf(schema.description !== undefined, () => markdown(schema.description ?? ""))}
              ${describeSchema(schema)}
            </section>`,
        )}
      </section>`,
  });
}

const tagId = (name: string): string => `tag-${name.toLowerCase()}`;

function describeRoute(route: Route, always: readonly string[], shapes: Shapes): Html {
  const { operationId, summary, method, path, description, parameters = [], requestBody } = route;
  const body = requestBody?.content["application/json"];
  const own = problemsOf(route).filter((kind) => !always.includes(kind));
  return html`<section id="${operationId}" class="operation">
    <h3>${summary}</h3>
    <p class="route"><span class="method">${method.toUpperCase()}</span> <code>${path}</code></p>
    ${markdown(description)}
    ${htmlIf(
      parameters.length > 0,
      () =>
        html`<h4>Parameters</h4>
          <dl>
            ${parameters.map(({ name, in: place, required, schema, ...about }) =>
              describeField(name, { ...schema, ...about }, required === true, `in the ${place}`),
            )}
          </dl>`,
    )}
    ${
      body === undefined
        ? ""
        : html`<h4>Body${requestBody?.required === true ? "" : ", which may be left away"}</h4>
            ${describeSchema(resolveSchema(body.schema, shapes))} ${showExamples(body)}`
    }
    <h4>Example</h4>
    ${codeBox(exampleRequest(route))}
    <h4>Answers</h4>
    ${Object.entries(route.responses)
      .filter(([, { content }]) => content?.[PROBLEM_TYPE] === undefined)
      .map(
        ([status, response]) =>
          html`<p><strong>${status}</strong> ${response.description} ${describeAnswer(response.content)}</p>
            ${Object.values(response.content ?? {}).map((content) => showExamples(content))}`,
      )}
    ${htmlIf(own.length > 0, () => html`<p>Or ${problemLinks(own)}.</p>`)}
  </section>`;
}

function describeAnswer(content: DescribedOperation["responses"][string]["content"]): Html {
  const schema = content?.["application/json"]?.schema;
  const name = schema === undefined ? undefined : shapeOf(schema.properties?.["data"]?.items ?? schema);
  const isList = schema?.properties?.["data"]?.items !== undefined;
  if (name === undefined) return html``;
  return html`${isList ? "A list of " : ""}<a href="#${shapeId(name)}">${name}</a>.`;
}

function problemsOf({ responses }: DescribedOperation): string[] {
  return Object.values(responses).flatMap(({ content }) => Object.keys(content?.[PROBLEM_TYPE]?.examples ?? {}));
}

function problemLinks(kinds: readonly string[]): Html {
  const known = PROBLEM_KINDS.filter((kind) => kinds.includes(kind));
  return html`${known.map((kind, index) => html`${index === 0 ? "" : ", "}<a href="${problemType(kind)}">${kind}</a>`)}`;
}
