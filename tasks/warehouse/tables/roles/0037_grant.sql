-- What the two roles may do: the reader reads everything, the loader also writes. The roles themselves belong to the workgroup, not to one
-- database, so they are made beforehand where they are missing (tasks/warehouse/migrations.py).
-- Grain: none; rights.
-- Key: none.
-- Limits: applied by an administrator, because only the owner of a table may grant it. Tables of later migrations are granted by the
--   default privileges, as long as the same user makes them. A role is given to a person with GRANT ROLE (docs/query-editor.md).
GRANT USAGE ON SCHEMA market TO ROLE tickerhouse_reader;

GRANT USAGE ON SCHEMA ops TO ROLE tickerhouse_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA market TO ROLE tickerhouse_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA ops TO ROLE tickerhouse_reader;

ALTER DEFAULT PRIVILEGES IN SCHEMA market GRANT SELECT ON TABLES TO ROLE tickerhouse_reader;

ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT SELECT ON TABLES TO ROLE tickerhouse_reader;

GRANT ROLE tickerhouse_reader TO ROLE tickerhouse_loader;

GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA market TO ROLE tickerhouse_loader;

GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ops TO ROLE tickerhouse_loader;

ALTER DEFAULT PRIVILEGES IN SCHEMA market GRANT INSERT, UPDATE, DELETE ON TABLES TO ROLE tickerhouse_loader;

ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT INSERT, UPDATE, DELETE ON TABLES TO ROLE tickerhouse_loader;
