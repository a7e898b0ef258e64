/** What kind of secret a marker is, which decides where it may be seen. */
export type MarkerKind =
  /** Keys, passwords, access tokens: nowhere. */
  | "secret"
  /** Link tokens and public tokens: Link hands them to the user's browser, and that is all. */
  | "link_token"
  /** The links in mails: in mails, in the page they open, and in the answer to whoever asks the API for one. */
  | "deep_link"
  /** A user's address and name: in their row, in mails to them, and in the API. */
  | "personal";

/** A place that was looked through. */
export interface Haystack {
  /** As it is named when something is found in it. */
  name: string;
  text: string;
  /** What may be seen there. */
  allowed?: readonly MarkerKind[];
}

export interface Finding {
  marker: string;
  kind: MarkerKind;
  where: string;
  /** What stands before and after it. */
  context: string;
}

/** A value short enough to occur by chance would prove nothing. */
const MIN_LENGTH = 12;

/** Collects what must not be seen, and looks for it: as it is, and as hex, base64, a URL or JSON would spell it. */
export function createMarkers() {
  const kinds = new Map<string, { name: string; kind: MarkerKind }>();
  return {
    add(name: string, value: string, kind: MarkerKind = "secret"): string {
      if (value.length < MIN_LENGTH) throw new TypeError(`the marker ${name} is too short to be recognised`);
      if (!kinds.has(value)) kinds.set(value, { name, kind });
      return value;
    },
    get names(): string[] {
      return [...kinds.values()].map(({ name }) => name);
    },
    find(haystacks: readonly Haystack[]): Finding[] {
      const findings: Finding[] = [];
      for (const [value, { name, kind }] of kinds) {
        const forms = spellings(value);
        for (const { name: where, text, allowed = [] } of haystacks) {
          if (allowed.includes(kind)) continue;
          const form = forms.find((spelling) => text.includes(spelling));
          if (form === undefined) continue;
          const at = text.indexOf(form);
          const context = text.slice(Math.max(0, at - 80), at + form.length + 40);
          findings.push({ marker: name, kind, where, context });
        }
      }
      return findings;
    },
  };
}

export type Markers = ReturnType<typeof createMarkers>;

function spellings(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  const hex = bytes.toString("hex");
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    hex,
    hex.toUpperCase(),
    ...insideBase64(bytes, "base64"),
    ...insideBase64(bytes, "base64url"),
  ];
}

/** How bytes look in the base64 of something longer: they can begin at any of three places in a group. */
function insideBase64(bytes: Buffer, encoding: "base64" | "base64url"): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding);
    const wholeGroups = Math.floor((before + bytes.length) / 3) * 4;
    return encoded.slice(before === 0 ? 0 : 4, wholeGroups);
  });
}
