import type { NextFunction, Request, Response } from "express";
import { z } from "zod";

/** What a caller of `/control/` got wrong; answered with its status and message. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A page of another site, open in the developer's browser, must not work these controls. Programs send no such header. */
export function refuseOtherSites(request: Request, _response: Response, next: NextFunction): void {
  const site = request.get("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none")
    throw new ControlError(403, "pages of other sites may not call this");
  next();
}

/** Express knows an error handler by its four arguments. */
export function answerError(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (error instanceof z.ZodError) {
    response.status(400).json({ error: z.prettifyError(error) });
    return;
  }
  const status = error instanceof Error ? (error as { status?: unknown }).status : undefined;
  if (error instanceof Error && typeof status === "number" && status < 500) {
    response.status(status).json({ error: error.message });
    return;
  }
  next(error);
}
