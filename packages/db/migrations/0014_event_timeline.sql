DROP INDEX "events_item";--> statement-breakpoint
CREATE INDEX "events_item" ON "events" USING btree ("item_id","created_at") WHERE "events"."item_id" is not null;