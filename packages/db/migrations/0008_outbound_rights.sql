-- Who notices a change writes what teams are told of it, in the same transaction.
GRANT SELECT, INSERT ON events TO relink_worker, relink_link, relink_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON deliveries TO relink_worker, relink_link, relink_api;
--> statement-breakpoint
GRANT SELECT ON subscriptions TO relink_link;
--> statement-breakpoint
GRANT SELECT, UPDATE ON subscriptions TO relink_worker;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON subscriptions TO relink_api;
--> statement-breakpoint
GRANT SELECT ON subscription_secrets TO relink_worker;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON subscription_secrets TO relink_api;
--> statement-breakpoint
GRANT SELECT, INSERT ON delivery_attempts TO relink_worker;
--> statement-breakpoint
GRANT SELECT ON delivery_attempts TO relink_api;
--> statement-breakpoint
GRANT SELECT, UPDATE ON recoveries TO relink_worker;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON recoveries TO relink_api;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON notifications TO relink_worker;
--> statement-breakpoint
GRANT SELECT ON teams TO relink_worker, relink_link;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON teams, api_keys, idempotency_keys TO relink_api;
--> statement-breakpoint
GRANT DELETE ON idempotency_keys TO relink_api;
--> statement-breakpoint
GRANT SELECT, INSERT ON audit_log TO relink_api, relink_worker;
--> statement-breakpoint
-- Keys rotate here as well.
GRANT SELECT (id, secret), UPDATE (secret) ON subscription_secrets TO relink_operator;
--> statement-breakpoint
-- Retention.
GRANT SELECT ON idempotency_keys TO relink_worker;
--> statement-breakpoint
GRANT DELETE ON events, deliveries, delivery_attempts, recoveries, notifications, idempotency_keys TO relink_worker;
