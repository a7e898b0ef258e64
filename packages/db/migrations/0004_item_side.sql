CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"item_id" uuid NOT NULL,
	"plaid_account_id" text collate "C" NOT NULL,
	"name" text,
	"mask" text,
	"revoked_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_of_item" UNIQUE("item_id","plaid_account_id")
);
--> statement-breakpoint
CREATE TABLE "institution_troubles" (
	"id" uuid PRIMARY KEY NOT NULL,
	"institution_id" text collate "C" NOT NULL,
	"began_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"recheck_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"source" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "marks" (
	"name" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reconciliations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"item_id" uuid NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"status_before" text NOT NULL,
	"status_after" text NOT NULL,
	"missed_webhook_code" text collate "C"
);
--> statement-breakpoint
CREATE TABLE "suppressions" (
	"address" text PRIMARY KEY NOT NULL,
	"reason" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "items" DROP CONSTRAINT "items_error_belongs_to_status";--> statement-breakpoint
ALTER TABLE "episodes" ALTER COLUMN "error_type" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "episodes" ALTER COLUMN "error_code" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "link_events" ALTER COLUMN "callback_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "email" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "episodes" ADD COLUMN "cause" text DEFAULT 'broken' NOT NULL;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "pending_kind" text;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "pending_reason" text collate "C";--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "pending_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "pending_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "averted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "consent_expires_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "renewed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "displaced_by" uuid;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "muted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "is_sweep" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "webhook_url" text;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "webhook_acknowledged_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "items" ADD COLUMN "last_webhook_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "link_events" ADD COLUMN "source" text DEFAULT 'callback' NOT NULL;--> statement-breakpoint
ALTER TABLE "link_events" ADD COLUMN "event_id" text collate "C";--> statement-breakpoint
ALTER TABLE "link_sessions" ADD COLUMN "mode" text DEFAULT 'embedded' NOT NULL;--> statement-breakpoint
ALTER TABLE "link_sessions" ADD COLUMN "link_session_id" text collate "C";--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reconciliations" ADD CONSTRAINT "reconciliations_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accounts_plaid_account_id" ON "accounts" USING btree ("plaid_account_id");--> statement-breakpoint
CREATE UNIQUE INDEX "institution_troubles_one_open" ON "institution_troubles" USING btree ("institution_id") WHERE "institution_troubles"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "reconciliations_item" ON "reconciliations" USING btree ("item_id","at");--> statement-breakpoint
CREATE INDEX "emails_user" ON "emails" USING btree ("user_id","transmitting_at");--> statement-breakpoint
CREATE INDEX "items_asked" ON "items" USING btree ("asked_at" nulls first) WHERE "items"."status" <> 'removed';--> statement-breakpoint
CREATE INDEX "items_consent_expires" ON "items" USING btree ("consent_expires_at") WHERE "items"."consent_expires_at" is not null;--> statement-breakpoint
CREATE INDEX "link_events_request_id" ON "link_events" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "link_events_link_session_id" ON "link_events" USING btree ("link_session_id");--> statement-breakpoint
CREATE INDEX "link_sessions_link_session_id" ON "link_sessions" USING btree ("link_session_id");--> statement-breakpoint
CREATE INDEX "link_sessions_request_id" ON "link_sessions" USING btree ("request_id");--> statement-breakpoint
ALTER TABLE "link_events" ADD CONSTRAINT "link_events_event" UNIQUE("session_id","event_id");--> statement-breakpoint
ALTER TABLE "items" ADD CONSTRAINT "items_expiring_has_date" CHECK ("items"."status" <> 'expiring' or "items"."pending_at" is not null);--> statement-breakpoint
ALTER TABLE "items" ADD CONSTRAINT "items_error_belongs_to_status" CHECK (("items"."status" in ('healthy', 'expiring', 'removed')) = ("items"."error_code" is null));