export * from "./error-catalogue.ts";
export * from "./errors.ts";
export * from "./ids.ts";
export * from "./item-state.ts";
export * from "./item-status.ts";
export * from "./schedule.ts";
