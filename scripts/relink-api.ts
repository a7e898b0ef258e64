import { DevelopmentError } from "./development-error.ts";

/** An Item as `GET /v1/items` lists it. */
export interface ListedItem {
  id: string;
  plaid_item_id: string;
  user_id: string;
  institution: { id: string | null; name: string | null };
  status: { kind: string };
}

export interface RelinkApi {
  items(): Promise<ListedItem[]>;
  registerItem(publicToken: string, user: Readonly<Record<string, string>>): Promise<ListedItem>;
}

/** The two calls of Relink's own API that the seeds need. */
export function relinkApi(url: string, apiKey: string): RelinkApi {
  async function call(path: string, init: RequestInit = {}): Promise<unknown> {
    const response = await fetch(new URL(path, url), {
      ...init,
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    });
    if (response.ok) return response.json();
    throw new DevelopmentError(`the API answers ${response.status} to ${path}: ${await response.text()}`);
  }
  return {
    items: async () => ((await call("/v1/items?limit=100")) as { data: ListedItem[] }).data,
    registerItem: async (publicToken, user) =>
      (await call("/v1/items", {
        method: "POST",
        body: JSON.stringify({ public_token: publicToken, user }),
      })) as ListedItem,
  };
}
