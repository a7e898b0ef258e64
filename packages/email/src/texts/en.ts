import type { LetterText, Texts } from "./texts.ts";

const bankAction = (happened: string, step: string, how: string): LetterText => ({
  subject: ({ bank }) => `two steps to reconnect ${bank}`,
  title: ({ bank }) => `Two steps to reconnect ${bank}`,
  preview: () => `${step}, then sign in once more from this email.`,
  paragraphs: ({ product, bank }) => [
    `The connection between ${bank} and ${product} has stopped: ${happened} Until this is put right, ${product} cannot update your accounts.`,
  ],
  steps: ({ product, bank }) => [
    { title: step, text: `${how} ${product} cannot do this for you.` },
    {
      title: "Come back here and reconnect",
      text: `The link below opens a secure page where you sign in to ${bank} once more. It usually takes about a minute.`,
    },
  ],
  action: "Reconnect",
  linkDoes: ({ bank }) => `It reconnects ${bank} and does nothing else.`,
});

export const en: Texts = {
  letters: {
    login_required: {
      subject: ({ bank }) => `reconnect ${bank}`,
      title: ({ bank }) => `Reconnect ${bank}`,
      preview: ({ product, bank }) => `Sign in to ${bank} once more, and ${product} can update your accounts again.`,
      paragraphs: ({ product, bank }) => [
        `The connection between ${bank} and ${product} has stopped, because the bank asks you to sign in again. Until you do, ${product} cannot update your accounts.`,
        "This usually happens after a password change, when the permission you gave has run out, or when a bank moves to a new way of signing in.",
        `The link below opens a secure page where you sign in to ${bank}. It usually takes about a minute.`,
      ],
      action: "Sign in and reconnect",
      linkDoes: ({ bank }) => `It reconnects ${bank} and does nothing else.`,
    },
    bank_action_required: {
      unlock: bankAction(
        "your online access to the bank is locked. Banks do this to protect you, usually after a few sign-in attempts that did not work.",
        "Unlock your online access at the bank",
        "Use the bank’s own website or app, or call the number on your card.",
      ),
      reset_password: bankAction(
        "the bank asks you to choose a new password before you can sign in again.",
        "Choose a new password at the bank",
        "Use the bank’s own website or app, the way you always open it.",
      ),
      finish_setup: bankAction(
        "the bank asks you to finish something in your online banking first, such as accepting new terms or allowing other apps to connect.",
        "Finish it at the bank",
        "Sign in on the bank’s own website or in its app, and follow what it asks there.",
      ),
      any: bankAction(
        "the bank asks you to do something in your online banking first, such as unlocking your access, choosing a new password or accepting new terms.",
        "See what the bank asks for",
        "Sign in on the bank’s own website or in its app, and follow what it asks there.",
      ),
    },
    expiring: {
      subject: ({ bank, endsOn }) => `renew ${bank} by ${endsOn}`,
      title: ({ bank, endsOn }) => `Renew ${bank} by ${endsOn}`,
      preview: ({ endsOn }) => `The connection works until ${endsOn}. Renewing it takes about a minute.`,
      paragraphs: ({ product, bank, endsOn }) => [
        `The connection between ${bank} and ${product} works, and it ends on ${endsOn} unless you renew it. After that, ${product} cannot update your accounts.`,
        "Banks ask for this from time to time, so that nothing stays connected without your wish.",
        `The link below opens a secure page where you confirm the connection at ${bank}. It usually takes about a minute.`,
      ],
      action: "Renew the connection",
      linkDoes: ({ bank }) => `It renews the connection to ${bank} and does nothing else.`,
    },
    needs_new_item: {
      subject: ({ bank }) => `connect ${bank} anew`,
      title: ({ bank }) => `Connect ${bank} anew`,
      preview: ({ bank }) => `The old connection to ${bank} cannot be repaired. The link says how to make a new one.`,
      paragraphs: ({ product, bank }) => [
        `The connection between ${bank} and ${product} has stopped, and it cannot be repaired: the bank no longer supports the way it was made. Until you connect ${bank} anew, ${product} cannot update your accounts.`,
        "What was collected so far stays where it is. The old connection does nothing any more.",
        "The link below says what to do next.",
      ],
      action: "See what to do",
      linkDoes: () => "It shows a page and changes nothing.",
    },
    revoked: {
      subject: ({ bank }) => `permission for ${bank} was withdrawn`,
      title: ({ bank }) => `Permission for ${bank} was withdrawn`,
      preview: ({ product }) => `If that was your wish, there is nothing to do. ${product} gets no more data.`,
      paragraphs: ({ product, bank }) => [
        `The permission for ${product} to see your accounts at ${bank} was withdrawn, at the bank or at Plaid, the company that makes the connection. ${product} gets no more data from ${bank}.`,
        "If that was your wish, there is nothing to do, and you will hear no more about it.",
        "If it was not, the link below opens a secure page where you can connect again.",
      ],
      action: "Connect again",
      linkDoes: ({ bank }) => `It connects ${bank} again and does nothing else.`,
    },
    new_accounts: {
      subject: ({ bank }) => `new accounts at ${bank}`,
      title: ({ bank }) => `New accounts at ${bank}`,
      preview: ({ product }) => `Choose whether ${product} may see them. Nothing changes until you do.`,
      paragraphs: ({ product, bank }) => [
        `You have accounts at ${bank} that you do not share with ${product}. Your connection works, and nothing changes unless you wish it.`,
        `The link below opens a secure page where you choose which accounts at ${bank} you share with ${product}.`,
      ],
      action: "Choose accounts",
      linkDoes: ({ bank }) => `It lets you choose accounts at ${bank} and does nothing else.`,
    },
    connected_again: {
      subject: ({ bank }) => `${bank} is connected again`,
      title: ({ bank }) => `The connection to ${bank} works again`,
      preview: ({ product }) => `Thank you. ${product} can update your accounts again.`,
      paragraphs: ({ product, bank }) => [
        `The connection between ${bank} and ${product} works again, and ${product} can update your accounts. Thank you.`,
        "There is nothing left for you to do.",
      ],
      action: "",
      linkDoes: () => "",
    },
  },
  yourBank: "your bank",
  hello: (name) => (name === undefined ? "Hello," : `Hello ${name},`),
  reminder: {
    subject: (subject) => `reminder: ${subject}`,
    line: "This is a friendly reminder. If you have done it meanwhile, please forgive us.",
  },
  copyLink: "If the button does not work, copy this link into your browser:",
  linkWorksUntil: (date) => `The link works until ${date}.`,
  whyThisMail: ({ product, bank }) => `${product} sends you this email because you connected ${bank} to ${product}.`,
  mayIgnore: "If you do not want to act, you can ignore it: you may get a few reminders, and then they stop.",
  neverAsks: "We will never ask for your password by email, so please do not reply with it.",
  help: (address) => `Questions? Write to ${address}.`,
};
