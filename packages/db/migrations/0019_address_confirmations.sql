CREATE TABLE "team_suppressions" (
	"team_id" uuid NOT NULL,
	"address" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "team_suppressions_team_id_address_pk" PRIMARY KEY("team_id","address")
);
--> statement-breakpoint
ALTER TABLE "notices" ADD COLUMN "address" text;--> statement-breakpoint
ALTER TABLE "team_suppressions" ADD CONSTRAINT "team_suppressions_team_id_teams_id_fk" FOREIGN KEY ("team_id") REFERENCES "public"."teams"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notices_address" ON "notices" USING btree (lower("address"),"created_at") WHERE "notices"."address" is not null;