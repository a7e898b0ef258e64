/** What Link's frame and the page around it tell each other. Both sides check origin and source before they read one. */

export interface LinkError {
  error_type: string;
  error_code: string;
  error_message: string;
  display_message: string | null;
}

export interface LinkInstitution {
  name: string;
  institution_id: string;
}

export interface ExitMetadata {
  institution: LinkInstitution | null;
  status: string | null;
  link_session_id: string | null;
  request_id: string | null;
}

export type Metadata = Record<string, unknown>;

/** From the page to the frame. */
export type ToFrame =
  | { kind: "relink-link:open"; token: string; oauthStateId: string | null }
  | { kind: "relink-link:exit"; force: boolean };

/** From the frame to the page. */
export type ToPage =
  | { kind: "relink-link:ready" }
  | { kind: "relink-link:event"; name: string; metadata: Metadata }
  | { kind: "relink-link:success"; publicToken: string; metadata: Metadata }
  | { kind: "relink-link:exited"; error: LinkError | null; metadata: ExitMetadata }
  | { kind: "relink-link:navigate"; path: string };

export function isToFrame(data: unknown): data is ToFrame {
  return hasKind(data, ["relink-link:open", "relink-link:exit"]);
}

export function isToPage(data: unknown): data is ToPage {
  return hasKind(data, [
    "relink-link:ready",
    "relink-link:event",
    "relink-link:success",
    "relink-link:exited",
    "relink-link:navigate",
  ]);
}

function hasKind(data: unknown, kinds: readonly string[]): boolean {
  return typeof data === "object" && data !== null && "kind" in data && kinds.includes(String(data.kind));
}
