import type { BankAction } from "@relink/core";
import type { PanelName } from "../panels.ts";
import type { Names, PanelContent, Step } from "./panel.tsx";

interface BankActionText {
  why: (bank: string) => string;
  step: Step;
}

const BANK_ACTIONS = {
  unlock: {
    why: (bank) => `Your online access to ${bank} is locked. Banks do this to protect you.`,
    step: {
      title: "Unlock your online access at the bank",
      text: "Use the bank’s own website or app, or call the number on your card.",
    },
  },
  reset_password: {
    why: (bank) => `${bank} asks you to choose a new password before you can sign in again.`,
    step: {
      title: "Choose a new password at the bank",
      text: "Use the bank’s own website or app, the way you always open it.",
    },
  },
  finish_setup: {
    why: (bank) => `${bank} asks you to finish something in your online banking first, such as accepting new terms.`,
    step: {
      title: "Finish it at the bank",
      text: "Sign in on the bank’s own website or in its app, and follow what it asks there.",
    },
  },
} satisfies Record<BankAction, BankActionText>;

/** What each panel says. */
export function contentsOf(names: Names, bankAction: BankAction | null): Record<PanelName, PanelContent> {
  const { product, bank } = names;
  const Bank = capitalise(bank);
  const next = [
    { title: "A secure window opens", text: `Plaid runs it: the service that connects ${product} with your bank.` },
    { title: `You sign in to ${bank}`, text: "The way you always do. Your bank may take you to its own page or app." },
    { title: "We check that it works", text: "You see the result here. All of it usually takes about a minute." },
  ];
  const first: BankActionText = BANK_ACTIONS[bankAction ?? "finish_setup"];

  return {
    ready: {
      line: "broken",
      title: `Reconnect ${bank}`,
      lead: `${Bank} asks you to sign in again. Until you do, ${product} cannot update your accounts.`,
      action: "Sign in and reconnect",
      next,
    },
    bank_action: {
      line: "broken",
      title: `Two steps to reconnect ${bank}`,
      lead: capitalise(first.why(bank)),
      todo: [
        first.step,
        { title: "Come back here and reconnect", text: "Sign in once more with the button below. It takes a minute." },
      ],
      action: "It’s done, reconnect",
    },
    finish: {
      line: "pending",
      title: `Finish reconnecting ${bank}`,
      lead: "Your bank has sent you back. One more tap, and the connection is complete.",
      action: "Finish reconnecting",
    },
    continue: {
      line: "working",
      title: "Welcome back",
      lead: `We are finishing the connection with ${bank}. Please keep this page open.`,
      action: "Continue",
    },
    restart: {
      line: "broken",
      title: "Let’s try that once more",
      lead: "The sign-in at your bank took longer than it stays valid. Nothing is lost: please start it again.",
      action: "Start again",
    },
    checking: {
      line: "working",
      title: "Checking the connection",
      lead: `Your sign-in has gone through. We are making sure that ${product} can update your accounts again.`,
    },
    done: {
      line: "connected",
      title: "You’re connected again",
      lead: `${product} can update your accounts at ${bank}. You can close this page.`,
    },
    later: {
      line: "pending",
      title: "Thank you, that’s all",
      lead: `${Bank} is taking a little longer to confirm. We keep checking, so there is nothing more for you to do. You can close this page.`,
    },
    closed: {
      line: "broken",
      title: "Not reconnected yet",
      lead: `The window was closed before the sign-in was finished. Nothing has changed. You can go on now, or come back later with the link in your email.`,
      action: "Sign in and reconnect",
    },
    failed: {
      line: "broken",
      title: "That didn’t work",
      lead: "Your bank did not complete the sign-in.",
      action: "Try again",
      note: "If it keeps happening, sign in on the bank’s own website first. It may be waiting for you to confirm something.",
    },
    unreachable: {
      line: "broken",
      title: "We can’t connect right now",
      lead: "Check that you are online, and try again in a moment. Nothing has changed, and your link stays valid.",
      action: "Try again",
    },
    blocked: {
      line: "broken",
      title: "The secure window did not open",
      lead: "Something keeps it from loading: a content blocker, a company network, or a weak connection. Switch the blocker off for this page, or use another browser or network, and try again.",
      action: "Try again",
    },
    busy: {
      line: "broken",
      title: "One moment, please",
      lead: "There were many tries in a short time. Wait a few minutes, and try again.",
      action: "Try again",
    },
    expired: expiredContent(product),
    fixed: {
      line: "connected",
      title: "Already fixed",
      lead: `${Bank} is connected, and ${product} can update your accounts. There is nothing left to do. You can close this page.`,
    },
    older_mail: {
      line: "pending",
      title: "There is a newer email",
      lead: `The connection with ${bank} was repaired, and has stopped again since. Please use the link in the newest email from ${product}. If it has not come yet, it will in a few minutes.`,
    },
    removed: {
      line: "resting",
      title: "This connection was removed",
      lead: `${Bank} is no longer connected with ${product}, so there is nothing to repair. If you want it back, open ${product} and connect it anew.`,
    },
    degraded: {
      line: "resting",
      title: `${Bank} is having trouble`,
      lead: "The bank’s online service is not answering as it should. You cannot fix that, and you do not need to do anything. Connections usually come back by themselves.",
      note: "Your link stays valid: if it is still needed in a few hours, open it again.",
    },
    needs_new_item: {
      line: "resting",
      title: `Please connect ${bank} anew`,
      lead: `${Bank} no longer supports this connection, so signing in here would not bring it back. Open ${product} and add ${bank} as a new connection.`,
    },
    revoked: {
      line: "resting",
      title: "Access was switched off",
      lead: `${product} no longer has permission to read your accounts at ${bank}: it was withdrawn at the bank or at Plaid. If you want it back, open ${product} and connect ${bank} anew.`,
    },
    needs_developer: {
      line: "resting",
      title: "We’re on it",
      lead: `The connection with ${bank} has a technical problem on our side. Signing in would not help, and you do not need to do anything.`,
    },
  };
}

/** What is shown without knowing, or without telling, whose link it is. */
export type NoticeName = "not_found" | "expired" | "reopen" | "almost" | "unavailable";

/** What each notice says. None of them names a bank or a person. */
export function noticesOf(product: string): Record<NoticeName, PanelContent> {
  return {
    not_found: {
      line: "resting",
      title: "This page doesn’t exist",
      lead: "If you came from an email, check that the whole link was opened, or press its button once more.",
    },
    expired: expiredContent(product),
    reopen: {
      line: "pending",
      title: "Open the link in your email again",
      lead: `To keep your link private, this page does not hold on to it. Press the button in the email from ${product} once more, and you are back.`,
    },
    almost: {
      line: "pending",
      title: "Almost done",
      lead: "Your bank brought you back in another browser than the one you began in. Open the link in your email once more, here in this browser, to finish.",
      todo: [
        { title: "Go to the email", text: "Press and hold its button, and copy the link." },
        {
          title: "Paste it into this browser’s address bar",
          text: "Your sign-in at the bank is kept for 30 minutes, so you will not have to repeat it.",
        },
      ],
    },
    unavailable: {
      line: "resting",
      title: "This page isn’t available right now",
      lead: "That is our fault, not yours. Please open the link again in a few minutes; it stays valid.",
    },
  };
}

function expiredContent(product: string): PanelContent {
  return {
    line: "resting",
    title: "This link has expired",
    lead: `For your safety, links in our emails work for a limited time. Ask ${product} for a new email, and use the link in it.`,
  };
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
