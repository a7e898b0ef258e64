CREATE TABLE "notification_items" (
	"notification_id" uuid NOT NULL,
	"item_id" uuid NOT NULL,
	"sequence" integer NOT NULL,
	"state" text NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"ends_at" timestamp (3) with time zone,
	CONSTRAINT "notification_items_notification_id_item_id_pk" PRIMARY KEY("notification_id","item_id")
);
--> statement-breakpoint
ALTER TABLE "notifications" DROP CONSTRAINT "notifications_open_group";--> statement-breakpoint
ALTER TABLE "deliveries" ADD COLUMN "notification_id" uuid;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "topic" jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "state" text DEFAULT 'idle' NOT NULL;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "lease_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "attempted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "transmitting_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "messages" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "failures" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "slack_channel_id" text;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "message_id" text;--> statement-breakpoint
ALTER TABLE "notifications" ADD COLUMN "problem" text;--> statement-breakpoint
ALTER TABLE "notification_items" ADD CONSTRAINT "notification_items_notification_id_notifications_id_fk" FOREIGN KEY ("notification_id") REFERENCES "public"."notifications"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notification_items" ADD CONSTRAINT "notification_items_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notification_items_item" ON "notification_items" USING btree ("item_id");--> statement-breakpoint
CREATE INDEX "notification_items_open" ON "notification_items" USING btree ("notification_id","since") WHERE "notification_items"."state" = 'open';--> statement-breakpoint
CREATE INDEX "deliveries_notification" ON "deliveries" USING btree ("notification_id") WHERE "deliveries"."notification_id" is not null and "deliveries"."state" in ('pending', 'in_flight');--> statement-breakpoint
CREATE UNIQUE INDEX "notifications_open_group" ON "notifications" USING btree ("subscription_id","group_key") WHERE "notifications"."closed_at" is null;--> statement-breakpoint
CREATE INDEX "notifications_group" ON "notifications" USING btree ("subscription_id","group_key","attempted_at");--> statement-breakpoint
CREATE INDEX "notifications_due" ON "notifications" USING btree ("subscription_id","due_at") WHERE "notifications"."due_at" is not null;--> statement-breakpoint
CREATE INDEX "notifications_under_way" ON "notifications" USING btree ("subscription_id") WHERE "notifications"."state" <> 'idle';