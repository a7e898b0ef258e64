/**
 * A delivery as bytes, for what no HTTP client would send.
 *
 * @param tokens - the values of `Plaid-Verification`, each as a header of its own.
 * @param headers - instead of the length of the body.
 */
export function rawRequest(
  tokens: readonly string[],
  body: string | Buffer,
  options: { first?: string; headers?: readonly string[] } = {},
): Buffer {
  const head = [
    options.first ?? "POST /webhooks/plaid HTTP/1.1",
    "Host: relink.example.com",
    ...tokens.map((token) => `Plaid-Verification: ${token}`),
    ...(options.headers ?? [`Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), Buffer.from(body)]);
}
