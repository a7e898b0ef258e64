CREATE TABLE "item_actions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"item_id" uuid NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"action" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "item_actions" ADD CONSTRAINT "item_actions_item_id_items_id_fk" FOREIGN KEY ("item_id") REFERENCES "public"."items"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "item_actions_item" ON "item_actions" USING btree ("item_id","at");
--> statement-breakpoint
GRANT SELECT, INSERT ON item_actions TO relink_api;
