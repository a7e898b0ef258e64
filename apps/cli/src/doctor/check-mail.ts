import { createMailer } from "@relink/email";
import type { Secret } from "@relink/service";
import type { Finding } from "./finding.ts";

/** Connects to the mail server, encrypts and logs in, and sends nothing. */
export async function checkMail(smtpUrl: Secret, from: string): Promise<Finding[]> {
  const mailer = createMailer({ smtpUrl, from });
  try {
    await mailer.verify();
    return [{ check: "mail", state: "ok", message: "the server takes us; no mail was sent" }];
  } finally {
    await mailer.close();
  }
}
