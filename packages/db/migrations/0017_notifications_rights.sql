GRANT SELECT, INSERT, UPDATE, DELETE ON notification_items TO relink_worker;
--> statement-breakpoint
-- Whoever reads a mail to a team may pause it, and that is noted.
GRANT UPDATE (status, health, health_due_at, disabled_reason, disabled_at, version, updated_at) ON subscriptions TO relink_link;
--> statement-breakpoint
GRANT INSERT ON audit_log TO relink_link;
