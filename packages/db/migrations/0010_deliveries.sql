CREATE TABLE "notices" (
	"id" uuid PRIMARY KEY NOT NULL,
	"subscription_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"details" jsonb NOT NULL,
	"state" text NOT NULL,
	"due_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"transmitting_at" timestamp (3) with time zone,
	"settled_at" timestamp (3) with time zone,
	"message_id" text,
	"problem" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "resume_state" text;--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "resume_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "recoveries" ADD COLUMN "missed_cursor" uuid;--> statement-breakpoint
ALTER TABLE "recoveries" ADD COLUMN "next_batch_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "rate_limited_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_subscription_id_subscriptions_id_fk" FOREIGN KEY ("subscription_id") REFERENCES "public"."subscriptions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notices_due" ON "notices" USING btree ("due_at") WHERE "notices"."state" = 'owed';--> statement-breakpoint
CREATE INDEX "notices_transmitting" ON "notices" USING btree ("transmitting_at") WHERE "notices"."state" = 'transmitting';--> statement-breakpoint
CREATE INDEX "notices_subscription" ON "notices" USING btree ("subscription_id","kind","id");