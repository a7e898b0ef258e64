export {
  createRelinkClient,
  type RelinkAnswer,
  type RelinkCallOptions,
  type RelinkClient,
  type RelinkClientOptions,
} from "./create-relink-client.ts";
export type { components, operations, paths } from "./generated/api.ts";
export { RelinkApiError } from "./relink-api-error.ts";
export type { RelinkEvent } from "./relink-event.ts";
