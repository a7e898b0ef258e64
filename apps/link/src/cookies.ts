import { parseCookie, stringifySetCookie } from "cookie";

const MINUTE_S = 60;

/**
 * What a browser remembers between the press of the button and the way back from the bank.
 *
 * `SameSite=Lax`, because a strict cookie would not come along when the bank sends the browser back. Neither gives any
 * right: `link` holds the deep link that the browser has opened anyway, `return` the bank's answer, which is of use only
 * with the link token that it belongs to.
 */
const COOKIES = {
  /** The deep link's token. Outlives the link token by a little. */
  link: { name: "__Host-relink-link", maxAge: 35 * MINUTE_S },
  /** The `oauth_state_id` of a way back that ended in a browser that knows no link. */
  return: { name: "__Host-relink-return", maxAge: 30 * MINUTE_S },
} as const;

export type CookieName = keyof typeof COOKIES;

const OAUTH_STATE_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The state of an OAuth sign-in, from a query or a cookie; `null` unless it looks like one. */
export function readOauthStateId(value: unknown): string | null {
  return typeof value === "string" && OAUTH_STATE_ID.test(value) ? value : null;
}

/** A cookie of a request; `null` if it did not come along. */
export function readCookie(header: string | undefined, cookie: CookieName): string | null {
  return parseCookie(header ?? "")[COOKIES[cookie].name] ?? null;
}

/** The `Set-Cookie` header that keeps a value, or with `null` forgets it. */
export function writeCookie(cookie: CookieName, value: string | null): string {
  const { name, maxAge } = COOKIES[cookie];
  return stringifySetCookie({
    name,
    value: value ?? "",
    maxAge: value === null ? 0 : maxAge,
    path: "/",
    secure: true,
    httpOnly: true,
    sameSite: "lax",
  });
}
