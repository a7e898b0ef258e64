import type { Secret } from "@relink/service";
import type { Finding } from "./finding.ts";

/** Connects to the mail server, encrypts and logs in, and sends nothing. */
export async function checkMail(smtpUrl: Secret, from: string): Promise<Finding[]> {
  // It brings the renderer of all mails with it, which no other command needs.
  const { createMailer } = await import("@relink/email");
  const mailer = createMailer({ smtpUrl, from });
  try {
    await mailer.verify();
    return [{ check: "mail", state: "ok", message: "the server takes us; no mail was sent" }];
  } finally {
    await mailer.close();
  }
}
