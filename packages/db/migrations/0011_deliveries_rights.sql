GRANT SELECT, INSERT, UPDATE, DELETE ON notices TO relink_worker;
--> statement-breakpoint
-- Who disables an endpoint through the API owes its owner a notice as well.
GRANT SELECT, INSERT ON notices TO relink_api;
