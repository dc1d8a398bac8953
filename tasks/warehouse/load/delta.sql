-- What the load will write: new and changed rows only.
-- Grain: one row for each key that is new or changed.
-- Key: ${key}; held by the statement that fills it.
-- Limits: gone with the session. Written as DDL, because types of CREATE TABLE AS would follow from expressions.
CREATE TEMP TABLE ${delta} (
    ${definitions},
    run_id CHARACTER VARYING(64) NOT NULL,
    loaded_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    is_new BOOLEAN NOT NULL
);
