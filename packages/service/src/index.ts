export * from "./http.ts";
export * from "./logger.ts";
export * from "./metrics.ts";
export * from "./public-server.ts";
export * from "./run.ts";
export * from "./secret.ts";
export * from "./settings.ts";
export * from "./type-ids.ts";
