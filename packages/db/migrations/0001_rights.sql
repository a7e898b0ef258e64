-- One role per app, each with no more than its app needs. infra/postgres/init makes them with logins; where that was
-- not run (a managed database), they are made here without, and a login is granted membership.
DO $$
DECLARE
  app text;
BEGIN
  FOREACH app IN ARRAY ARRAY['relink_ingress', 'relink_worker', 'relink_link', 'relink_api'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = app) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN', app);
      EXECUTE format('GRANT %I TO CURRENT_USER', app);
    END IF;
  END LOOP;
END
$$;
--> statement-breakpoint
-- The ingress appends webhooks. It can read nothing back, not even what it wrote.
GRANT INSERT ON webhook_events TO relink_ingress;
--> statement-breakpoint
GRANT SELECT, UPDATE ON webhook_events, items, link_sessions TO relink_worker;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON episodes, emails TO relink_worker;
--> statement-breakpoint
GRANT SELECT ON users, link_events TO relink_worker;
--> statement-breakpoint
GRANT SELECT, INSERT ON plaid_api_events TO relink_worker;
--> statement-breakpoint
GRANT SELECT, UPDATE ON items TO relink_link;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON episodes, emails, link_sessions TO relink_link;
--> statement-breakpoint
GRANT SELECT, INSERT ON link_events, plaid_api_events TO relink_link;
--> statement-breakpoint
-- The link page greets nobody: it needs the language, not the name or the address.
GRANT SELECT (id, external_id, locale) ON users TO relink_link;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON users, items, episodes, emails TO relink_api;
--> statement-breakpoint
GRANT SELECT, INSERT ON plaid_api_events TO relink_api;
--> statement-breakpoint
GRANT SELECT ON link_events TO relink_api;
--> statement-breakpoint
GRANT SELECT (id, environment, signed_at, received_at, processed_at, parked_at, parked_reason, webhook_type, webhook_code,
  plaid_item_id, error_code, item_id, outcome, key_id) ON webhook_events TO relink_api;
--> statement-breakpoint
-- Registering an Item takes the webhooks that came before it out of the car park.
GRANT UPDATE (parked_at, parked_reason, handed_off_at) ON webhook_events TO relink_api;
--> statement-breakpoint
GRANT SELECT (id, episode_id, item_id, request_id, created_at, expires_at, finished_at, outcome) ON link_sessions TO relink_api;
