import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { type Received, startReceiver } from "./receiver.ts";

/** A message as it stands in Slack now. */
export interface SlackPost {
  /** The id of the channel, or the path of the incoming webhook. */
  channel: string;
  ts: string;
  text: string;
  /** All of its blocks, as text. */
  body: string;
}

/** A request to Slack, beside the messages that came of it. */
export interface SlackRequest {
  method: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

/** What Slack does instead of taking a request. */
export type SlackFailure = (response: ServerResponse) => void;

/** A stand-in for Slack on this machine, which keeps what is posted and lets bots change it. */
export interface Slack {
  readonly origin: string;
  readonly requests: readonly SlackRequest[];
  /** In the order in which they were posted. */
  readonly posts: readonly SlackPost[];
  /** From now on it does this with each request; `null` to take them again. */
  failure: SlackFailure | null;
  close(): Promise<void>;
}

/** An answer of Slack's with status 200 that refuses. */
export function refusing(error: string): SlackFailure {
  return (response) => void response.end(JSON.stringify({ ok: false, error }));
}

export async function startSlack(): Promise<Slack> {
  const requests: SlackRequest[] = [];
  const posts: SlackPost[] = [];

  function take({ path, body, headers }: Received, response: ServerResponse): void {
    const method = path.startsWith("/services/") ? "webhook" : path.replace("/api/", "");
    const sent = JSON.parse(body) as Record<string, unknown>;
    requests.push({ method, headers, body: sent });
    if (slack.failure !== null) return slack.failure(response);
    const post = { text: String(sent["text"]), body: textOf(sent["blocks"]) };
    if (method === "webhook") {
      posts.push({ ...post, channel: path, ts: "" });
      return void response.end("ok");
    }
    // To post, a name will do; to change, Slack wants the id.
    const channel = method === "chat.postMessage" ? idOf(String(sent["channel"])) : String(sent["channel"]);
    const ts = method === "chat.postMessage" ? `1795339800.${String(posts.length).padStart(6, "0")}` : sent["ts"];
    const posted = posts.find((each) => each.channel === channel && each.ts === ts);
    if (method === "chat.postMessage") posts.push({ ...post, channel, ts: String(ts) });
    else if (posted === undefined) return refusing("message_not_found")(response);
    else Object.assign(posted, post);
    response.end(JSON.stringify({ ok: true, channel, ts, message: { text: post.text } }));
  }

  const receiver = await startReceiver((response, request) => take(request, response));
  const slack: Slack = {
    origin: new URL(receiver.url).origin,
    requests,
    posts,
    failure: null,
    close: () => receiver.close(),
  };
  return slack;
}

function idOf(channel: string): string {
  return channel.startsWith("#") ? `C${channel.slice(1).toUpperCase()}` : channel;
}

function textOf(blocks: unknown): string {
  if (typeof blocks !== "object" || blocks === null) return "";
  if ("text" in blocks && typeof blocks.text === "string") return blocks.text;
  return Object.values(blocks)
    .map(textOf)
    .filter((text) => text !== "")
    .join("\n");
}
