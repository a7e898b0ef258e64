-- The owner of the tables, one login per app, and one for operators at the command line. Run once, by a superuser, connected to an empty database that Relink is
-- to have: the embedded Postgres and the compose file do it on their first run.
--
-- These passwords are for development and stand here to be seen. Elsewhere, make the same roles with passwords of your own.
CREATE ROLE relink_migrate LOGIN PASSWORD 'relink_migrate';
CREATE ROLE relink_ingress LOGIN PASSWORD 'relink_ingress';
CREATE ROLE relink_worker LOGIN PASSWORD 'relink_worker';
CREATE ROLE relink_link LOGIN PASSWORD 'relink_link';
CREATE ROLE relink_api LOGIN PASSWORD 'relink_api';
CREATE ROLE relink_operator LOGIN PASSWORD 'relink_operator';

-- Whoever has the owner's login alone (`npm start` with DATABASE_URL) can let each app act as its own role.
GRANT relink_ingress, relink_worker, relink_link, relink_api, relink_operator TO relink_migrate WITH INHERIT FALSE, SET TRUE;

-- What each of them may do with the tables is said by the migrations, which run as the owner.
DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I OWNER TO relink_migrate', current_database());
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO relink_ingress, relink_worker, relink_link, relink_api, relink_operator', current_database());
END
$$;
