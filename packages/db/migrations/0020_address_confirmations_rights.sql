-- Whoever is asked for their address answers on a page of the Link app: yes, or that they never asked for it, which the
-- owner of the subscription is told.
GRANT SELECT, INSERT ON team_suppressions TO relink_link;
--> statement-breakpoint
GRANT UPDATE (verified_at) ON subscriptions TO relink_link;
--> statement-breakpoint
GRANT INSERT ON notices TO relink_link;
--> statement-breakpoint
GRANT SELECT ON team_suppressions TO relink_worker;
--> statement-breakpoint
-- Whoever runs Relink may vouch for the address.
GRANT SELECT, DELETE ON team_suppressions TO relink_api;
