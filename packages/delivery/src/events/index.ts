export * from "./event-examples.ts";
export * from "./event-schemas.ts";
export * from "./render-event.ts";
