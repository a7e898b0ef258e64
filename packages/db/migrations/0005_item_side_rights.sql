GRANT SELECT, INSERT, UPDATE ON accounts, institution_troubles, marks TO relink_worker;
--> statement-breakpoint
GRANT SELECT, INSERT ON suppressions, reconciliations, link_events TO relink_worker;
--> statement-breakpoint
-- Retention.
GRANT DELETE ON webhook_events, plaid_api_events, link_events, link_sessions, emails, episodes, reconciliations TO relink_worker;
--> statement-breakpoint
-- The link page says a date in the user's own time.
GRANT SELECT (time_zone) ON users TO relink_link;
--> statement-breakpoint
GRANT SELECT ON accounts, institution_troubles, reconciliations TO relink_api;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON suppressions TO relink_api;
--> statement-breakpoint
GRANT SELECT (mode, link_session_id) ON link_sessions TO relink_api;
