export * from "./connect.ts";
export * from "./database-errors.ts";
export * from "./migrate.ts";
export * from "./sealed.ts";
