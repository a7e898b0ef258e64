CREATE TABLE "emails" (
	"id" uuid PRIMARY KEY NOT NULL,
	"episode_id" uuid NOT NULL,
	"item_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"step" integer NOT NULL,
	"state" text NOT NULL,
	"template" text,
	"due_at" timestamp (3) with time zone NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"transmitting_at" timestamp (3) with time zone,
	"settled_at" timestamp (3) with time zone,
	"message_id" text,
	"problem" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "emails_one_per_step" UNIQUE("episode_id","step")
);
--> statement-breakpoint
CREATE TABLE "episodes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"item_id" uuid NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"confirmed_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone,
	"close_reason" text,
	"error_type" text collate "C" NOT NULL,
	"error_code" text collate "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "items" (
	"id" uuid PRIMARY KEY NOT NULL,
	"environment" text NOT NULL,
	"plaid_item_id" text collate "C" NOT NULL,
	"user_id" uuid NOT NULL,
	"institution_id" text collate "C",
	"institution_name" text,
	"access_token" "bytea" NOT NULL,
	"registration_hash" "bytea",
	"status" text NOT NULL,
	"error_type" text collate "C",
	"error_code" text collate "C",
	"error_reason" text collate "C",
	"status_since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"asked_at" timestamp (3) with time zone,
	"hint_at" timestamp (3) with time zone,
	"confirm_due_at" timestamp (3) with time zone,
	"confirm_attempts" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "items_plaid_item_id" UNIQUE("plaid_item_id"),
	CONSTRAINT "items_registration_hash" UNIQUE("registration_hash"),
	CONSTRAINT "items_error_belongs_to_status" CHECK (("items"."status" in ('healthy', 'removed')) = ("items"."error_code" is null))
);
--> statement-breakpoint
CREATE TABLE "link_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"item_id" uuid NOT NULL,
	"callback_id" uuid NOT NULL,
	"callback" text NOT NULL,
	"event_name" text,
	"link_session_id" text collate "C",
	"request_id" text collate "C",
	"error_type" text collate "C",
	"error_code" text collate "C",
	"exit_status" text,
	"institution_id" text collate "C",
	"view_name" text,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "link_events_callback" UNIQUE("session_id","callback_id")
);
--> statement-breakpoint
CREATE TABLE "link_sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"episode_id" uuid NOT NULL,
	"item_id" uuid NOT NULL,
	"link_token" "bytea",
	"link_token_hash" "bytea" NOT NULL,
	"request_id" text collate "C",
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone,
	"outcome" text
);
--> statement-breakpoint
CREATE TABLE "plaid_api_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"method" text NOT NULL,
	"item_id" uuid,
	"user_id" uuid,
	"request_id" text collate "C",
	"http_status" integer,
	"error_type" text collate "C",
	"error_code" text collate "C",
	"item_error_code" text collate "C",
	"duration_ms" integer NOT NULL,
	"arguments" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"external_id" text collate "C" NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"locale" text,
	"time_zone" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_external_id" UNIQUE("external_id")
);
--> statement-breakpoint
CREATE TABLE "webhook_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"delivery_key" "bytea" NOT NULL,
	"environment" text NOT NULL,
	"body" "bytea" NOT NULL,
	"body_sha256" "bytea" NOT NULL,
	"signed_at" timestamp (3) with time zone NOT NULL,
	"key_id" text collate "C" NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"handed_off_at" timestamp (3) with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"processed_at" timestamp (3) with time zone,
	"parked_at" timestamp (3) with time zone,
	"parked_reason" text,
	"webhook_type" text collate "C",
	"webhook_code" text collate "C",
	"plaid_item_id" text collate "C",
	"error_code" text collate "C",
	"item_id" uuid,
	"outcome" text,
	CONSTRAINT "webhook_events_delivery_key" UNIQUE("delivery_key")
);
--> statement-breakpoint
ALTER TABLE "emails" ADD CONSTRAINT "emails_episode_id_episodes_id_fk" FOREIGN KEY ("episode_id") REFERENCES "public"."episodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "emails" ADD CONSTRAINT "emails_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "emails" ADD CONSTRAINT "emails_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "episodes" ADD CONSTRAINT "episodes_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "items" ADD CONSTRAINT "items_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "link_events" ADD CONSTRAINT "link_events_session_id_link_sessions_id_fk" FOREIGN KEY ("session_id") REFERENCES "public"."link_sessions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "link_events" ADD CONSTRAINT "link_events_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "link_sessions" ADD CONSTRAINT "link_sessions_episode_id_episodes_id_fk" FOREIGN KEY ("episode_id") REFERENCES "public"."episodes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "link_sessions" ADD CONSTRAINT "link_sessions_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_events" ADD CONSTRAINT "webhook_events_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "emails_due" ON "emails" USING btree ("due_at") WHERE "emails"."state" = 'owed';--> statement-breakpoint
CREATE INDEX "emails_transmitting" ON "emails" USING btree ("transmitting_at") WHERE "emails"."state" = 'transmitting';--> statement-breakpoint
CREATE INDEX "emails_item" ON "emails" USING btree ("item_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "episodes_one_open" ON "episodes" USING btree ("item_id") WHERE "episodes"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "episodes_item" ON "episodes" USING btree ("item_id","opened_at");--> statement-breakpoint
CREATE INDEX "items_confirm_due" ON "items" USING btree ("confirm_due_at") WHERE "items"."confirm_due_at" is not null;--> statement-breakpoint
CREATE INDEX "items_user" ON "items" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "items_status" ON "items" USING btree ("status","id");--> statement-breakpoint
CREATE INDEX "items_institution" ON "items" USING btree ("institution_id","id");--> statement-breakpoint
CREATE INDEX "link_events_item" ON "link_events" USING btree ("item_id","received_at");--> statement-breakpoint
CREATE INDEX "link_sessions_episode" ON "link_sessions" USING btree ("episode_id","created_at");--> statement-breakpoint
CREATE INDEX "link_sessions_token_hash" ON "link_sessions" USING btree ("link_token_hash");--> statement-breakpoint
CREATE INDEX "link_sessions_expired" ON "link_sessions" USING btree ("expires_at") WHERE "link_sessions"."link_token" is not null;--> statement-breakpoint
CREATE INDEX "link_sessions_item" ON "link_sessions" USING btree ("item_id","created_at");--> statement-breakpoint
CREATE INDEX "plaid_api_events_item" ON "plaid_api_events" USING btree ("item_id","at");--> statement-breakpoint
CREATE INDEX "plaid_api_events_request" ON "plaid_api_events" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "webhook_events_open" ON "webhook_events" USING btree ("received_at","id") WHERE "webhook_events"."processed_at" is null and "webhook_events"."parked_at" is null;--> statement-breakpoint
CREATE INDEX "webhook_events_unknown_item" ON "webhook_events" USING btree ("plaid_item_id") WHERE "webhook_events"."parked_reason" = 'unknown_item';--> statement-breakpoint
CREATE INDEX "webhook_events_item" ON "webhook_events" USING btree ("item_id","received_at") WHERE "webhook_events"."item_id" is not null;