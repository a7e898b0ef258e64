export * from "./signing/signature-header.ts";
export * from "./signing/signing-key.ts";
