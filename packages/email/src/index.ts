export * from "./clean-name.ts";
export * from "./parse-recipient.ts";
export * from "./render-reauth-email.tsx";
