import { meaningOf, Problem, PROBLEM_KINDS, type ProblemBody, type ProblemKind, problemType } from "../problem.ts";
import { html } from "./html.ts";
import { codeBox, markdown } from "./markdown.ts";
import { page } from "./page.ts";

/** What there is to know about a kind of problem, for programs. */
export function describeProblemKind(kind: ProblemKind) {
  const { status, title, meaning, retryAfterSeconds } = meaningOf(kind);
  return { type: problemType(kind), code: kind, status, title, meaning, retryable: retryAfterSeconds !== undefined };
}

/** What only some kinds have in their answers. */
const MORE: Partial<Record<ProblemKind, Pick<ProblemBody, "errors" | "plaid">>> = {
  "validation-failed": { errors: [{ pointer: "#/user/email", code: "required", detail: "is missing" }] },
  "url-not-allowed": { errors: [{ pointer: "#/url", code: "not_allowed", detail: "…" }] },
  "plaid-refused": {
    plaid: { error_type: "INVALID_INPUT", error_code: "INVALID_PUBLIC_TOKEN", request_id: "Wj4Y6kq2mVdQb1x" },
  },
};

/** The page that a problem's `type` leads to. */
export function problemPage(kind: ProblemKind): string {
  const { status, title, meaning, retryable } = describeProblemKind(kind);
  const example = new Problem(kind, "…", MORE[kind]).toBody("/v1/…", "0193534c-2f0e-7a3c-b7d1-6a4f1f0f5d11");
  return page({
    title: `${kind}: ${title}`,
    content: html`<p><a href="/v1/problems">All problems</a> · <a href="/v1/docs">The API</a></p>
      <h1>${title}</h1>
      <p class="facts"><code>${kind}</code> <span>Status ${status}</span></p>
      ${markdown(meaning)}
      <p>
        ${
          retryable
            ? "The same request may succeed later: wait as long as Retry-After says."
            : "The same request will not succeed later: something has to change first."
        }
      </p>
      <h2>As it is answered</h2>
      ${codeBox(JSON.stringify(example, null, 2))}`,
  });
}

/** All kinds on one page. */
export function problemsPage(): string {
  const rows = PROBLEM_KINDS.map(
    (kind) =>
      html`<tr>
        <td><a href="${problemType(kind)}">${kind}</a></td>
        <td>${meaningOf(kind).status}</td>
        <td>${meaningOf(kind).title}</td>
      </tr>`,
  );
  return page({
    title: "Problems",
    content: html`<p><a href="/v1/docs">The API</a></p>
      <h1>Problems</h1>
      <p>
        Every way in which a request can end badly. Match on <code>code</code>; <code>detail</code> is for people and
        may change.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Status</th>
            <th scope="col">What it is</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  });
}
