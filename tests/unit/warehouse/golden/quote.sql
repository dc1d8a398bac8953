-- File: load/stage.sql
-- The staging table that COPY fills: the curated file's columns in the file's order, in the session's own temporary schema.
-- Grain: one row for each row of the file.
-- Key: none; the file is not trusted to be free of duplicates.
-- Limits: gone with the session.
CREATE TEMP TABLE load_stage (
    symbol CHARACTER VARYING(32) NOT NULL,
    session_date DATE NOT NULL,
    "open" NUMERIC(18,6) NOT NULL,
    high NUMERIC(18,6) NOT NULL,
    low NUMERIC(18,6) NOT NULL,
    price NUMERIC(18,6) NOT NULL,
    volume BIGINT NOT NULL,
    previous_close NUMERIC(18,6) NOT NULL,
    change NUMERIC(18,6) NOT NULL,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    capture_key CHARACTER VARYING(512) NOT NULL
);

-- File: load/copy.sql
-- Reads the one file the manifest names into the staging table. Parquet goes by position, so the columns are named in the file's order.
-- Grain: one row for each row of the file.
-- Key: none.
-- Limits: bucket and workgroup must be in one region; COPY takes no bound values.
COPY load_stage (
    symbol, session_date, "open", high, low, price, volume, previous_close, change, row_hash, observed_at,
    capture_key
)
FROM 's3://bucket/manifests/quotes/run.json'
IAM_ROLE default
FORMAT AS PARQUET
MANIFEST;

-- File: load/extent.sql
-- How many rows are staged and which dates they span, so that only their blocks of the table are read.
-- Grain: one row.
-- Key: none.
-- Limits: the dates are null where nothing is staged, and for a table without a date in its key.
SELECT COUNT(*) AS staged, CAST(NULL AS DATE) AS first_date, CAST(NULL AS DATE) AS last_date FROM load_stage;

-- File: load/keep_out.sql
-- Takes one symbol's rows out of the staging table, so that nothing of them reaches the table.
-- Grain: one row for each symbol of the symbol.
-- Key: symbol.
-- Limits: the curated file keeps them.
DELETE FROM load_stage WHERE symbol = %s;

-- File: load/delta.sql
-- What the load will write: new and changed rows only.
-- Grain: one row for each key that is new or changed.
-- Key: symbol; held by the statement that fills it.
-- Limits: gone with the session. Written as DDL, because types of CREATE TABLE AS would follow from expressions.
CREATE TEMP TABLE load_delta (
    symbol CHARACTER VARYING(32) NOT NULL,
    session_date DATE NOT NULL,
    "open" NUMERIC(18,6) NOT NULL,
    high NUMERIC(18,6) NOT NULL,
    low NUMERIC(18,6) NOT NULL,
    price NUMERIC(18,6) NOT NULL,
    volume BIGINT NOT NULL,
    previous_close NUMERIC(18,6) NOT NULL,
    change NUMERIC(18,6) NOT NULL,
    row_hash BIGINT NOT NULL,
    observed_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    capture_key CHARACTER VARYING(512) NOT NULL,
    run_id CHARACTER VARYING(64) NOT NULL,
    loaded_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    is_new BOOLEAN NOT NULL
);

-- File: load/fill_delta.sql
-- Of each key the newest observation that is staged, where the table has no row, or an older one with other values.
-- Grain: one row for each key that is new or changed.
-- Key: symbol; also where the table has a key twice, so that check.sql can name it.
-- Limits: equal values are left as they stand, whenever they were observed, also where an earlier release hashed them
--   otherwise; a value that a newer observation lacks stays as it was known. Two different bodies observed at one moment are a
--   tie, which the row in the table wins, and within one file the greater capture key.
INSERT INTO load_delta (
    symbol, session_date, "open", high, low, price, volume, previous_close, change, row_hash, observed_at,
    capture_key, run_id, loaded_at, is_new
)
SELECT
    newest.symbol, newest.session_date, newest."open", newest.high, newest.low, newest.price, newest.volume,
    newest.previous_close, newest.change, newest.row_hash, newest.observed_at, newest.capture_key,
    CAST(%s AS VARCHAR(64)) AS run_id,
    GETDATE() AS loaded_at,
    (held.symbol IS NULL) AS is_new
FROM (
    SELECT
        symbol, session_date, "open", high, low, price, volume, previous_close, change, row_hash, observed_at,
        capture_key
    FROM load_stage AS staged
    QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol ORDER BY observed_at DESC, capture_key DESC, row_hash DESC) = 1
) AS newest
LEFT JOIN market.quote AS held
    ON held.symbol = newest.symbol
WHERE held.symbol IS NULL
    OR (
        held.row_hash <> newest.row_hash
        AND held.observed_at < newest.observed_at
        AND (
            held.session_date <> newest.session_date
            OR held."open" <> newest."open"
            OR held.high <> newest.high
            OR held.low <> newest.low
            OR held.price <> newest.price
            OR held.volume <> newest.volume
            OR held.previous_close <> newest.previous_close
            OR held.change <> newest.change
        )
    )
QUALIFY ROW_NUMBER() OVER (PARTITION BY newest.symbol ORDER BY held.observed_at DESC) = 1;

-- File: load/counts.sql
-- How many rows are new and how many changed, per symbol, and between which dates.
-- Grain: one row for each symbol with a new or changed row.
-- Key: symbol.
-- Limits: symbols without a new or changed row are absent; the dates are null for a table without a date in its key.
SELECT
    symbol,
    SUM(CASE WHEN is_new THEN 1 ELSE 0 END) AS rows_new,
    SUM(CASE WHEN is_new THEN 0 ELSE 1 END) AS rows_changed,
    CAST(NULL AS DATE) AS first_date,
    CAST(NULL AS DATE) AS last_date
FROM load_delta
GROUP BY symbol
ORDER BY symbol;

-- File: load/merge.sql
-- Writes the delta; the only statement of a load that writes the table, so that it is locked once.
-- Grain: one row for each key.
-- Key: symbol.
-- Limits: MERGE would insert an unmatched key as often as the source has it, and rewrite unchanged rows; the delta has neither. A target
--   takes no alias. A predicate on the target alone stands in ON, where dbt-redshift puts its incremental_predicates, too.
MERGE INTO market.quote
USING load_delta AS changes
ON market.quote.symbol = changes.symbol
WHEN MATCHED THEN UPDATE SET
    session_date = changes.session_date,
    "open" = changes."open",
    high = changes.high,
    low = changes.low,
    price = changes.price,
    volume = changes.volume,
    previous_close = changes.previous_close,
    change = changes.change,
    row_hash = changes.row_hash,
    observed_at = changes.observed_at,
    capture_key = changes.capture_key,
    run_id = changes.run_id,
    loaded_at = changes.loaded_at
WHEN NOT MATCHED THEN INSERT (
    symbol, session_date, "open", high, low, price, volume, previous_close, change, row_hash, observed_at,
    capture_key, run_id, loaded_at
)
VALUES (
    changes.symbol, changes.session_date, changes."open", changes.high, changes.low, changes.price,
    changes.volume, changes.previous_close, changes.change, changes.row_hash, changes.observed_at,
    changes.capture_key, changes.run_id, changes.loaded_at
);

-- File: load/check.sql
-- Check: block. Every new or changed key stands exactly once after MERGE; gives those that do not.
-- Grain: one row for each such key, ten at most.
-- Key: symbol.
-- Limits: grouped by the delta, which declares no key, because the planner trusts a declared one.
SELECT changes.symbol, COUNT(held.symbol) AS times
FROM load_delta AS changes
LEFT JOIN market.quote AS held
    ON held.symbol = changes.symbol
GROUP BY changes.symbol
HAVING COUNT(held.symbol) <> 1
ORDER BY changes.symbol
LIMIT 10;

-- File: load/check_delta_is_in_the_table.sql
-- Check: block. Every new or changed quote stands in the table with the values and the run of this load.
-- Counts the rows of the delta that do not.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(changes.symbol) AS example
FROM load_delta AS changes
LEFT JOIN market.quote AS held
    ON held.symbol = changes.symbol
    AND held.row_hash = changes.row_hash
    AND held.observed_at = changes.observed_at
    AND held.run_id = changes.run_id
WHERE held.symbol IS NULL;

-- File: load/check_every_staged_row_is_held.sql
-- Check: block. Every staged quote has its key in the table, at least as new or with equal values.
-- Counts the staged rows that were neither written nor answered for: staged = new + changed + unchanged, counted in the table itself.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(staged.symbol) AS example
FROM load_stage AS staged
LEFT JOIN market.quote AS held
    ON held.symbol = staged.symbol
WHERE held.symbol IS NULL
    OR (
        held.row_hash <> staged.row_hash
        AND held.observed_at < staged.observed_at
        AND (
            held.session_date <> staged.session_date
            OR held."open" <> staged."open"
            OR held.high <> staged.high
            OR held.low <> staged.low
            OR held.price <> staged.price
            OR held.volume <> staged.volume
            OR held.previous_close <> staged.previous_close
            OR held.change <> staged.change
        )
    );

-- File: tables/quote/check_loaded_symbols_are_fresh.sql
-- Check: warn. Every loaded quote is of the last seven days before the newest session of the load.
-- Counts the quotes that are older.
-- Grain: one row.
-- Key: none.
-- Limits: days, not sessions, so that no calendar is needed; a symbol whose trading is halted for longer is told in every run.
SELECT COUNT(*) AS violations, MIN(staged.symbol || ' ' || CAST(staged.session_date AS VARCHAR(10))) AS example
FROM load_stage AS staged
WHERE staged.session_date < DATEADD(day, -7, (SELECT MAX(newest.session_date) FROM load_stage AS newest));

-- File: load/touched_by_run.sql
-- The rows a run wrote last, per symbol, for a load whose COMMIT was not answered.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: a row that a later run changed counts for that run.
SELECT symbol, COUNT(*) AS rows_touched FROM market.quote WHERE run_id = %s GROUP BY symbol ORDER BY symbol;
