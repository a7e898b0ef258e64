import type { Texts } from "./texts.ts";

export const en: Texts = {
  yourBank: "your bank",
  opening: "Opening…",
  sending: "Sending…",
  nextTitle: "What happens next",
  next: ({ product, bank }) => [
    { title: "A secure window opens", text: `Plaid runs it: the service that connects ${product} with your bank.` },
    { title: `You sign in to ${bank}`, text: "The way you always do. Your bank may take you to its own page or app." },
    { title: "We check that it works", text: "You see the result here. All of it usually takes about a minute." },
  ],
  privacy: ({ product, bank }) => `You sign in with ${bank} through Plaid. ${product} never sees your password.`,
  noScript: "This page needs JavaScript. Switch it on, or open the link in another browser.",
  muted: "We have stopped writing to you about this connection. You can still use this page.",
  support: "Questions? Write to {address}",

  panels: ({ product, bank, Bank }) => ({
    ready: {
      title: `Reconnect ${bank}`,
      lead: `${Bank} asks you to sign in again. Until you do, ${product} cannot update your accounts.`,
      action: "Sign in and reconnect",
    },
    expiring: {
      title: `Renew your connection with ${bank}`,
      lead: `Your permission for ${product} to read your accounts ends on {date}. Everything works until then. Renew it now, and nothing will be interrupted.`,
      action: "Sign in and renew",
    },
    expiring_at_bank: {
      title: `Renew your connection with ${bank}`,
      lead: `${Bank} is changing how it connects with ${product}. Your connection works until {date}. Renew it now, and nothing will be interrupted.`,
      action: "Sign in and renew",
    },
    new_accounts: {
      title: `Choose your accounts at ${bank}`,
      lead: `${Bank} has an account that ${product} cannot see yet. You decide whether to share it. Your connection works either way.`,
      action: "Choose accounts",
    },
    revoked: {
      title: "Access was switched off",
      lead: `${product} no longer has permission to read your accounts at ${bank}: it was withdrawn at the bank or at Plaid. If that is what you wanted, there is nothing to do. If not, you can give it again.`,
      action: "Give access again",
    },
    finish: {
      title: `Finish reconnecting ${bank}`,
      lead: "Your bank has sent you back. One more tap, and the connection is complete.",
      action: "Finish reconnecting",
    },
    continue: {
      title: "Welcome back",
      lead: `We are finishing the connection with ${bank}. Please keep this page open.`,
      action: "Continue",
    },
    restart: {
      title: "Let’s try that once more",
      lead: "The sign-in at your bank took longer than it stays valid. Nothing is lost: please start it again.",
      action: "Start again",
    },
    returned: {
      title: "Welcome back",
      lead: `We are looking how it went with ${bank}. Please keep this page open.`,
    },
    checking: {
      title: "Checking the connection",
      lead: `Your sign-in has gone through. We are making sure that ${product} can update your accounts.`,
    },
    done: {
      title: "You’re connected again",
      lead: `${product} can update your accounts at ${bank}. You can close this page.`,
    },
    done_expiring: {
      title: "Your connection is renewed",
      lead: `${product} can go on updating your accounts at ${bank}. You can close this page.`,
    },
    done_new_accounts: {
      title: "Your choice is saved",
      lead: `${product} sees the accounts at ${bank} that you chose, and no others. You can close this page.`,
    },
    later: {
      title: "Thank you, that’s all",
      lead: `${Bank} is taking a little longer to confirm. We keep checking, so there is nothing more for you to do. You can close this page.`,
    },
    closed: {
      title: "Not reconnected yet",
      lead: "The window was closed before the sign-in was finished. Nothing has changed. You can go on now, or come back later with the link in your email.",
      action: "Sign in and reconnect",
    },
    closed_expiring: {
      title: "Not renewed yet",
      lead: "The window was closed before the sign-in was finished. Your connection still works. You can go on now, or come back later with the link in your email.",
      action: "Sign in and renew",
    },
    closed_new_accounts: {
      title: "Nothing was changed",
      lead: "The window was closed before you chose. Your connection works as before. You can go on now, or come back later with the link in your email.",
      action: "Choose accounts",
    },
    failed: {
      title: "That didn’t work",
      lead: "Your bank did not complete the sign-in.",
      action: "Try again",
      note: "If it keeps happening, sign in on the bank’s own website first. It may be waiting for you to confirm something.",
    },
    unreachable: {
      title: "We can’t connect right now",
      lead: "Check that you are online, and try again in a moment. Nothing has changed, and your link stays valid.",
      action: "Try again",
    },
    plaid_down: {
      title: "Please try again in a few minutes",
      lead: "The service that connects us with your bank is not answering at the moment. That is not your fault. Nothing is lost, and your link stays valid.",
      action: "Try again",
    },
    blocked: {
      title: "The secure window did not open",
      lead: "Something keeps it from loading: a content blocker, a company network, or a weak connection. Switch the blocker off for this page, or use another browser or network, and try again.",
      action: "Try again",
    },
    busy: {
      title: "One moment, please",
      lead: "There were many tries in a short time. Wait a few minutes, and try again.",
      action: "Try again",
    },
    expired: {
      title: "This link has expired",
      lead: "For your safety, links in our emails work for a limited time. We can send you an email with a new one.",
      action: "Send me a new email",
    },
    mail_asked: {
      title: "Look into your inbox",
      lead: `If your connection still needs you, a new email from ${product} arrives in the next minutes, at the address that ${product} knows. Use the link in it. You can close this page.`,
    },
    fixed: {
      title: "Already fixed",
      lead: `${Bank} is connected, and ${product} can update your accounts. There is nothing left to do. You can close this page.`,
    },
    older_mail: {
      title: "There is a newer email",
      lead: `Things have changed with ${bank} since this email was written. Please use the link in the newest email from ${product}. If it has not come yet, it will in a few minutes.`,
    },
    displaced: {
      title: "A newer connection is in use",
      lead: `You have since connected ${bank} with ${product} again, and that connection works. It has taken the place of this older one, so there is nothing to do here. You can close this page.`,
      note: `Is an account missing? Open ${product} and check which accounts the newer connection shares. Bringing the older one back could end the newer one.`,
    },
    removed: {
      title: "This connection was removed",
      lead: `${Bank} is no longer connected with ${product}, so there is nothing to repair. If you want it back, open ${product} and connect it anew.`,
    },
    degraded: {
      title: `${Bank} is having trouble`,
      lead: "The bank’s online service is not answering as it should. You cannot fix that, and you do not need to do anything. Connections usually come back by themselves.",
      note: "Your link stays valid: if it is still needed in a few hours, open it again.",
    },
    needs_new_item: {
      title: `Please connect ${bank} anew`,
      lead: `${Bank} no longer supports this connection, so signing in here would not bring it back. Open ${product} and add ${bank} as a new connection.`,
    },
    cannot_renew: {
      title: `Please connect ${bank} anew`,
      lead: `Access to your accounts was switched off for good, so it cannot be given again here. If you want it back, open ${product} and add ${bank} as a new connection.`,
    },
    needs_developer: {
      title: "We’re on it",
      lead: `The connection with ${bank} has a technical problem on our side. Signing in would not help, and you do not need to do anything.`,
    },
  }),

  bankAction: ({ bank, Bank }) => ({
    title: `Two steps to reconnect ${bank}`,
    first: {
      unlock: {
        why: `Your online access to ${bank} is locked. Banks do this to protect you.`,
        step: {
          title: "Unlock your online access at the bank",
          text: "Use the bank’s own website or app, or call the number on your card.",
        },
      },
      reset_password: {
        why: `${Bank} asks you to choose a new password before you can sign in again.`,
        step: {
          title: "Choose a new password at the bank",
          text: "Use the bank’s own website or app, the way you always open it.",
        },
      },
      finish_setup: {
        why: `${Bank} asks you to finish something in your online banking first, such as accepting new terms.`,
        step: {
          title: "Finish it at the bank",
          text: "Sign in on the bank’s own website or in its app, and follow what it asks there.",
        },
      },
    },
    last: {
      title: "Come back here and reconnect",
      text: "Sign in once more with the button below. It takes a minute.",
    },
    action: "It’s done, reconnect",
  }),

  notices: (product) => ({
    not_found: {
      title: "This page doesn’t exist",
      lead: "If you came from an email, check that the whole link was opened, or press its button once more.",
    },
    reopen: {
      title: "Open the link in your email again",
      lead: `To keep your link private, this page does not hold on to it. Press the button in the email from ${product} once more, and you are back.`,
    },
    almost: {
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
    elsewhere: {
      title: "Open the link in your email again",
      lead: `You came back in another browser than the one you began in. What you did is kept. Press the button in the email from ${product} once more to see how it went.`,
    },
    unavailable: {
      title: "This page isn’t available right now",
      lead: "That is our fault, not yours. Please open the link again in a few minutes; it stays valid.",
    },
  }),

  errors: {
    INVALID_CREDENTIALS: "The bank did not recognise the username or password.",
    INVALID_MFA: "The bank did not accept the code or the answer.",
    INSUFFICIENT_CREDENTIALS: "The sign-in at the bank was not completed.",
    ITEM_LOCKED: "The bank has locked the online access. Unlock it on the bank’s own website or app first.",
    PASSWORD_RESET_REQUIRED: "The bank asks for a new password. Choose one on the bank’s own website or app first.",
    USER_SETUP_REQUIRED: "The bank asks you to finish something in your online banking first.",
    USER_INPUT_TIMEOUT: "The bank waited for an answer and gave up.",
    INSTITUTION_DOWN: "The bank is not reachable at the moment. Please try again later.",
    INSTITUTION_NOT_RESPONDING: "The bank is not answering at the moment. Please try again later.",
    INSTITUTION_NOT_AVAILABLE: "The bank is not reachable at the moment. Please try again later.",
    ACCESS_NOT_GRANTED: "The bank did not get your permission for the connection.",
    NO_ACCOUNTS: "The bank shares no account that fits. Choose at least one account there.",
  },
};
