import { inspect } from "node:util";

/**
 * A string that must not be seen: an access token, a key, a password.
 *
 * Every way of printing it by accident (`String()`, template text, JSON, `console.log`, pino) gives `[secret]`. The
 * value comes out only through {@link Secret.reveal}, so a search for that word finds every place that handles it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
