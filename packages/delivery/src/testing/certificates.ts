import { type SelfsignedOptions, generate } from "selfsigned";

export interface Certificate {
  key: string;
  cert: string;
}

export interface TestAuthority {
  /** PEM, to be trusted. */
  cert: string;
  /** A certificate for a host name or an address, valid now unless said otherwise. */
  issue(host: string, validity?: { from: Date; until: Date }): Promise<Certificate>;
}

const HOUR_MS = 3_600_000;

/** A certificate authority that nobody but a test trusts. */
export async function createTestAuthority(): Promise<TestAuthority> {
  const authority = await make("Relink test authority", [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
  ]);
  return {
    cert: authority.cert,
    async issue(host, validity) {
      const altName = /^[\d.]+$/.test(host) ? { type: 7 as const, ip: host } : { type: 2 as const, value: host };
      return make(host, [{ name: "subjectAltName", altNames: [altName] }], {
        ca: authority,
        ...(validity !== undefined && { notBeforeDate: validity.from, notAfterDate: validity.until }),
      });
    },
  };
}

/** A certificate that no authority has signed. */
export async function createSelfSigned(host: string): Promise<Certificate> {
  return make(host, [{ name: "subjectAltName", altNames: [{ type: 2, value: host }] }]);
}

async function make(
  name: string,
  extensions: NonNullable<SelfsignedOptions["extensions"]>,
  options: SelfsignedOptions = {},
): Promise<Certificate> {
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notBeforeDate: new Date(Date.now() - HOUR_MS),
    extensions,
    ...options,
  });
  return { key: made.private, cert: made.cert };
}
