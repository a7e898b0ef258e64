CREATE TABLE "encryption_keys" (
	"id" text collate "C" PRIMARY KEY NOT NULL,
	"canary" "bytea" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'relink_operator') THEN
    CREATE ROLE relink_operator NOLOGIN;
    GRANT relink_operator TO CURRENT_USER;
  END IF;
END
$$;
--> statement-breakpoint
-- Apps announce the key that they seal with. None of them can change or withdraw what was announced.
GRANT SELECT, INSERT ON encryption_keys TO relink_worker, relink_link, relink_api;
--> statement-breakpoint
-- Operators at the command line: they see what is sealed with which key, seal it anew, and retire a key. No person, no
-- status and no webhook is within their reach.
GRANT SELECT, DELETE ON encryption_keys TO relink_operator;
--> statement-breakpoint
GRANT SELECT (id, environment, access_token), UPDATE (access_token) ON items TO relink_operator;
--> statement-breakpoint
GRANT SELECT (id, item_id, link_token), UPDATE (link_token) ON link_sessions TO relink_operator;
