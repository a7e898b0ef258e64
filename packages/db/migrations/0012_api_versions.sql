-- Answers that were kept in clear text are dropped: they are of use for a day.
ALTER TABLE "idempotency_keys" ALTER COLUMN "body" SET DATA TYPE bytea USING NULL;--> statement-breakpoint
ALTER TABLE "teams" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;
