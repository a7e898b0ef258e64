import createClient, { type ParamsOption, type RequestBodyOption } from "openapi-fetch";
import { createSend } from "./create-send.ts";
import type { paths } from "./generated/api.ts";

export interface RelinkClientOptions {
  /** Where the API is, such as `https://relink.example.com`. */
  baseUrl: string;
  /** A team's key, `rlk_…`, or the admin key. It is sent in a header and appears in no error. */
  apiKey: string;
  /** How often a request is sent again when the API asks for it with `Retry-After`. Default 3; 0 for never. */
  maxRetries?: number;
  /** Instead of the global one. */
  fetch?: typeof fetch;
}

type Method = "get" | "post" | "patch" | "delete";

type PathsWith<M extends Method> = {
  [Path in keyof paths]: paths[Path] extends Record<M, object> ? Path : never;
}[keyof paths];

/** What a good answer holds; `undefined` if it holds nothing. */
type DataOf<Operation> = Operation extends { responses: infer Responses }
  ? {
      [Status in keyof Responses]: Responses[Status] extends { content: { "application/json": infer Body } }
        ? Body
        : never;
    }[keyof Responses] extends infer Body
    ? [Body] extends [never]
      ? undefined
      : Body
    : never
  : never;

/** What can be given to a call. */
export type RelinkCallOptions<Operation> = ParamsOption<Operation> &
  RequestBodyOption<Operation> & {
    headers?: Readonly<Record<string, string>>;
    /** Gives up, also while it waits. */
    signal?: AbortSignal;
  };

/** Optional where nothing has to be given. */
type CallArguments<Options> = object extends Options ? [options?: Options] : [options: Options];

/** A good answer. */
export interface RelinkAnswer<Data> {
  /** As the API describes it. Absent in an answer of 304, which comes only to who sends `if-none-match`. */
  data: Data;
  /** For its status and headers. */
  response: Response;
}

/**
 * Calls one operation, by the path that the API's description has for it.
 *
 * @throws RelinkApiError if the API refuses it. What `fetch` throws if there is no answer: a POST may be sent again then, with
 * the same `idempotency-key` if it was given one under `params.header`.
 */
type Call<M extends Method> = <Path extends PathsWith<M>>(
  path: Path,
  ...options: CallArguments<RelinkCallOptions<paths[Path][M]>>
) => Promise<RelinkAnswer<DataOf<paths[Path][M]>>>;

interface Page<Entry> {
  data: Entry[];
  next_cursor: string | null;
}

/** The paths that answer with a list in pages. */
type ListPath = {
  [Path in PathsWith<"get">]: DataOf<paths[Path]["get"]> extends Page<unknown> ? Path : never;
}[PathsWith<"get">];

type EntryOf<Path extends ListPath> = DataOf<paths[Path]["get"]> extends Page<infer Entry> ? Entry : never;

export interface RelinkClient {
  GET: Call<"get">;
  POST: Call<"post">;
  PATCH: Call<"patch">;
  DELETE: Call<"delete">;
  /**
   * Goes through a whole list, page by page, as it is asked for more. `limit` is the size of a page.
   *
   * @throws RelinkApiError as the calls do, between two entries.
   */
  paginate<Path extends ListPath>(
    path: Path,
    ...options: CallArguments<RelinkCallOptions<paths[Path]["get"]>>
  ): AsyncGenerator<EntryOf<Path>, void, undefined>;
}

/**
 * A client of Relink's API. Calls are typed by the API's own description, good answers are returned, and bad ones thrown.
 *
 * What the API asks to send again (too many requests, a database that is away) is sent again after the time that it names, and
 * every POST has an `Idempotency-Key`, so that nothing is done twice.
 *
 * @throws TypeError if `baseUrl` is no URL, or `apiKey` is empty.
 */
export function createRelinkClient(options: RelinkClientOptions): RelinkClient {
  const { baseUrl, apiKey, maxRetries = 3 } = options;
  if (!URL.canParse(baseUrl)) throw new TypeError("baseUrl must be a URL, such as https://relink.example.com");
  if (apiKey === "") throw new TypeError("apiKey is empty");
  const client = createClient<paths, "application/json">({
    baseUrl,
    // Some answers can be text as well.
    headers: { accept: "application/json" },
    fetch: createSend({ apiKey, maxRetries, fetch: options.fetch ?? fetch }),
  });

  return {
    GET: asCall<"get">(client.GET),
    POST: asCall<"post">(client.POST),
    PATCH: asCall<"patch">(client.PATCH),
    DELETE: asCall<"delete">(client.DELETE),
    paginate: (path, ...[init]) => entriesOf(client.GET as GetPage, path, init ?? {}),
  };
}

/** A bad answer is thrown before openapi-fetch sees it, so of the two that its types tell apart there is only the good one. */
function asCall<M extends Method>(method: unknown): Call<M> {
  return method as Call<M>;
}

/** What all the lists have in common. */
type GetPage = (path: string, options: ListOptions) => Promise<{ data: Page<never> }>;

interface ListOptions {
  params?: { query?: object };
}

async function* entriesOf(get: GetPage, path: string, options: ListOptions): AsyncGenerator<never, void, undefined> {
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const query = { ...options.params?.query, ...(cursor !== undefined && { cursor }) };
    const { data } = await get(path, { ...options, params: { ...options.params, query } });
    yield* data.data;
    cursor = data.next_cursor;
  }
}
