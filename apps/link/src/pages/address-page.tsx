import type { ReactNode } from "react";

/** What the page says behind the link in the mail that asks an address. */
export type AddressPage =
  | {
      /** Whether it is still to be answered, or how it was. */
      kind: "open" | "confirmed" | "refused";
      team: string;
      address: string;
      /** What would be sent, in a line each. */
      subjects: readonly string[];
      /** As it is shown: `sub_…`. */
      subscriptionId: string;
    }
  /** The link is too old, or the team has changed its mind since. */
  | { kind: "expired" | "changed" };

/** The answers as the page's forms send them. */
export const ADDRESS_ANSWERS = ["confirm", "refuse"] as const;
export type AddressAnswer = (typeof ADDRESS_ANSWERS)[number];

export function titleOf({ kind }: AddressPage): string {
  return TITLES[kind];
}

const TITLES: Readonly<Record<AddressPage["kind"], string>> = {
  open: "Do you want these mails?",
  confirmed: "You have confirmed it",
  refused: "You get none of these mails",
  expired: "This link is too old",
  changed: "This link is no longer good",
};

/** In English, as everything that teams read. Works without a script: the buttons send a form. */
export function AddressPanel({ page, product }: { page: AddressPage; product: string }) {
  return (
    <section className="panel" aria-labelledby="title">
      <h1 id="title">{titleOf(page)}</h1>
      <Words {...{ page, product }} />
      {"subscriptionId" in page && <p className="note">{`Subscription ${page.subscriptionId}`}</p>}
    </section>
  );
}

function Words({ page, product }: { page: AddressPage; product: string }): ReactNode {
  switch (page.kind) {
    case "open":
      return (
        <>
          <p className="lead">
            The team “{page.team}” wants Relink to mail <strong>{page.address}</strong>. Relink keeps the connections of{" "}
            {product} to its users’ banks working. The mails would be about:
          </p>
          <ul className="subjects">
            {page.subjects.map((subject) => (
              <li key={subject}>{subject}</li>
            ))}
          </ul>
          <form method="post" className="answers">
            <button type="submit" name="answer" value="confirm" className="button">
              Confirm
            </button>
            <button type="submit" name="answer" value="refuse" className="button secondary">
              I did not ask for this
            </button>
          </form>
          <p className="note">
            Each mail ends with a link that pauses them. If you did not ask for this, the team can no longer have this
            address mailed.
          </p>
        </>
      );
    case "confirmed":
      return (
        <p className="lead">
          From now on, Relink mails <strong>{page.address}</strong> for the team “{page.team}”. There is nothing more to
          do. Each mail ends with a link that pauses them.
        </p>
      );
    case "refused":
      return (
        <p className="lead">
          Thank you for saying so. Relink sends <strong>{page.address}</strong> nothing more for the team “{page.team}”.
          If that was a mistake, ask whoever runs Relink for {product}: they can allow it again.
        </p>
      );
    case "expired":
      return (
        <p className="lead">
          It worked for a day. If you have confirmed already, all is well. If you still want the mails, ask your team to
          have another one sent to you (POST /v1/subscriptions/…/verify). Otherwise nothing comes.
        </p>
      );
    case "changed":
      return (
        <p className="lead">
          The team has named another address since, or wants no mails any more. There is nothing to do. If it wants to
          mail you again, you are asked again.
        </p>
      );
  }
}
