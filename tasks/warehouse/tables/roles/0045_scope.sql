-- Scoped permissions in place of default privileges: what is granted for a schema's tables covers every table and view in it, whoever makes
-- it and whenever. Default privileges cover only what the user makes who set them, and each migration may have another identity.
-- Grain: none; rights.
-- Key: none.
-- Limits: as 0037, an administrator's to grant. Source: https://docs.aws.amazon.com/redshift/latest/dg/t_scoped-permissions.html
GRANT SELECT FOR TABLES IN SCHEMA market TO ROLE tickerhouse_reader;

GRANT SELECT FOR TABLES IN SCHEMA ops TO ROLE tickerhouse_reader;

GRANT INSERT, UPDATE, DELETE FOR TABLES IN SCHEMA market TO ROLE tickerhouse_loader;

GRANT INSERT, UPDATE, DELETE FOR TABLES IN SCHEMA ops TO ROLE tickerhouse_loader;

ALTER DEFAULT PRIVILEGES IN SCHEMA market REVOKE SELECT ON TABLES FROM ROLE tickerhouse_reader;

ALTER DEFAULT PRIVILEGES IN SCHEMA ops REVOKE SELECT ON TABLES FROM ROLE tickerhouse_reader;

ALTER DEFAULT PRIVILEGES IN SCHEMA market REVOKE INSERT, UPDATE, DELETE ON TABLES FROM ROLE tickerhouse_loader;

ALTER DEFAULT PRIVILEGES IN SCHEMA ops REVOKE INSERT, UPDATE, DELETE ON TABLES FROM ROLE tickerhouse_loader;
