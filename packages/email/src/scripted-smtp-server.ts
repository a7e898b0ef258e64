import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/**
 * What is said at each step of the conversation: an answer, or `drop` to break the connection, or `hang` to say nothing
 * from then on. Steps that are left out go well.
 */
export interface SmtpScript {
  connect?: string;
  /** Lines after the first, such as `STARTTLS` or `PIPELINING`. */
  extensions?: readonly string[];
  EHLO?: string;
  HELO?: string;
  STARTTLS?: string;
  AUTH?: string;
  MAIL?: string;
  RCPT?: string;
  DATA?: string;
  /** Before the message is complete. */
  firstByte?: "drop" | "hang";
  /** After the dot that ends the message. */
  body?: string;
}

/**
 * An SMTP server for tests that follows a script on a raw socket, and records what really arrived. It can do what a
 * proper server cannot: go silent or vanish at any point, in the middle of the message too.
 */
export async function startScriptedSmtpServer(script: SmtpScript = {}) {
  const seen = { connections: 0, commands: [] as string[], bodiesBegun: 0, bodies: [] as string[] };
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());

    let silent = false;
    const act = (step: string): void => {
      silent = step === "hang" || step === "drop";
      if (step === "drop") socket.destroy();
      else if (!silent) socket.write(`${step}\r\n`);
    };

    let received = "";
    let inBody = false;
    /** Handles one command or one message; false once there is none to handle. */
    const take = (): boolean => {
      if (silent) return false;
      if (inBody && script.firstByte !== undefined && received !== "\r\n") {
        seen.bodiesBegun += 1;
        act(script.firstByte);
        return false;
      }
      const terminator = inBody ? "\r\n.\r\n" : "\r\n";
      const end = received.indexOf(terminator);
      if (end === -1) return false;
      const part = received.slice(0, end);
      received = received.slice(end + terminator.length);
      if (inBody) {
        inBody = false;
        seen.bodiesBegun += 1;
        seen.bodies.push(part.slice(2));
        act(script.body ?? "250 2.0.0 queued as 4Tq7");
        return true;
      }
      seen.commands.push(part);
      act(answer(part.split(/[ :]/, 1)[0]?.toUpperCase() ?? ""));
      return true;
    };
    const answer = (verb: string): string => {
      switch (verb) {
        case "EHLO":
          return script.EHLO ?? ["test", ...(script.extensions ?? []), "SIZE"].map(asEhloLine).join("\r\n");
        case "HELO":
          return script.HELO ?? "250 test";
        case "STARTTLS":
          return script.STARTTLS ?? "502 5.5.1 not implemented";
        case "AUTH":
          return script.AUTH ?? "235 2.7.0 welcome";
        case "MAIL":
          return script.MAIL ?? "250 2.1.0 ok";
        case "RCPT":
          return script.RCPT ?? "250 2.1.5 ok";
        case "DATA":
          inBody = (script.DATA ?? "354").startsWith("354");
          // The line break before the dot may be that of the command: an empty message.
          if (inBody) received = `\r\n${received}`;
          return script.DATA ?? "354 go ahead";
        default:
          return "250 ok";
      }
    };
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      while (take());
    });
    act(script.connect ?? "220 test ESMTP");
  });

  server.listen(0);
  await once(server, "listening");
  const close = async (): Promise<void> => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port: (server.address() as AddressInfo).port, seen, close };
}

function asEhloLine(line: string, index: number, lines: readonly string[]): string {
  return `250${index === lines.length - 1 ? " " : "-"}${line}`;
}
