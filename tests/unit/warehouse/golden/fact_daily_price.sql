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
    close NUMERIC(18,6) NOT NULL,
    volume BIGINT NOT NULL,
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
    symbol, session_date, "open", high, low, close, volume, row_hash, observed_at, capture_key
)
FROM 's3://bucket/manifests/daily_prices/run.json'
IAM_ROLE default
FORMAT AS PARQUET
MANIFEST;

-- File: load/extent.sql
-- How many rows are staged and which dates they span, so that only their blocks of the table are read.
-- Grain: one row.
-- Key: none.
-- Limits: the dates are null where nothing is staged, and for a table without a date in its key.
SELECT COUNT(*) AS staged, MIN(session_date) AS first_date, MAX(session_date) AS last_date FROM load_stage;

-- File: load/keep_out.sql
-- Takes one symbol's rows out of the staging table, so that nothing of them reaches the table.
-- Grain: one row for each symbol, session_date of the symbol.
-- Key: symbol, session_date.
-- Limits: the curated file keeps them.
DELETE FROM load_stage WHERE symbol = %s;

-- File: tables/fact_daily_price/compare_series.sql
-- Per staged symbol, how far the bars that the table holds reach, how many of them the load brings anew, and how many of those with
-- another close: whether its answer is of another series is decided by these (``replaced_series.py``).
-- Grain: one row for each staged symbol of which the table holds a bar.
-- Key: symbol.
-- Limits: closes within 0.5 % count as the same; a bar that is held of the same or of a later observation is no restatement. Bars before
--   the load's first session are not read.
SELECT
    held.symbol,
    MAX(held.session_date) AS newest_held,
    COUNT(staged.symbol) AS shared,
    SUM(CASE WHEN staged.close > held.close * 1.005 OR staged.close < held.close * 0.995 THEN 1 ELSE 0 END) AS moved
FROM market.fact_daily_price AS held
INNER JOIN (SELECT DISTINCT symbol FROM load_stage) AS loaded
    ON loaded.symbol = held.symbol
LEFT JOIN load_stage AS staged
    ON staged.symbol = held.symbol
    AND staged.session_date = held.session_date
    AND staged.observed_at > held.observed_at
WHERE held.session_date >= DATE '2026-01-02'
GROUP BY held.symbol
ORDER BY held.symbol;

-- File: tables/fact_daily_price/shared_closes.sql
-- The closes of one symbol that the table holds, beside those that the load brings for the same sessions.
-- Grain: one row for each session that both have.
-- Key: session_date.
-- Limits: only bars that are newer than the held ones.
SELECT held.session_date, held.close AS close_held, MAX(staged.close) AS close_staged
FROM market.fact_daily_price AS held
INNER JOIN load_stage AS staged
    ON held.symbol = staged.symbol
    AND held.session_date = staged.session_date
    AND held.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
    AND staged.observed_at > held.observed_at
WHERE held.symbol = %s
GROUP BY held.session_date, held.close
ORDER BY held.session_date;

-- File: tables/fact_daily_price/known_events.sql
-- The splits and dividends of one symbol that are known, newest first.
-- Grain: one row for each event.
-- Key: none; a dividend and a split may share a date.
-- Limits: none.
SELECT ex_date, dividend_amount, split_factor FROM market.corporate_action WHERE symbol = %s ORDER BY ex_date DESC;

-- File: load/delta.sql
-- What the load will write: new and changed rows only.
-- Grain: one row for each key that is new or changed.
-- Key: symbol, session_date; held by the statement that fills it.
-- Limits: gone with the session. Written as DDL, because types of CREATE TABLE AS would follow from expressions.
CREATE TEMP TABLE load_delta (
    symbol CHARACTER VARYING(32) NOT NULL,
    session_date DATE NOT NULL,
    "open" NUMERIC(18,6) NOT NULL,
    high NUMERIC(18,6) NOT NULL,
    low NUMERIC(18,6) NOT NULL,
    close NUMERIC(18,6) NOT NULL,
    volume BIGINT NOT NULL,
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
-- Key: symbol, session_date; also where the table has a key twice, so that check.sql can name it.
-- Limits: equal values are left as they stand, whenever they were observed, also where an earlier release hashed them
--   otherwise; a value that a newer observation lacks stays as it was known. Two different bodies observed at one moment are a
--   tie, which the row in the table wins, and within one file the greater capture key.
INSERT INTO load_delta (
    symbol, session_date, "open", high, low, close, volume, row_hash, observed_at, capture_key, run_id, loaded_at, is_new
)
SELECT
    newest.symbol, newest.session_date, newest."open", newest.high, newest.low, newest.close, newest.volume,
    newest.row_hash, newest.observed_at, newest.capture_key,
    CAST(%s AS VARCHAR(64)) AS run_id,
    GETDATE() AS loaded_at,
    (held.symbol IS NULL) AS is_new
FROM (
    SELECT
        symbol, session_date, "open", high, low, close, volume, row_hash, observed_at, capture_key
    FROM load_stage AS staged
    QUALIFY ROW_NUMBER() OVER (PARTITION BY symbol, session_date ORDER BY observed_at DESC, capture_key DESC, row_hash DESC) = 1
) AS newest
LEFT JOIN market.fact_daily_price AS held
    ON held.symbol = newest.symbol
    AND held.session_date = newest.session_date
    AND held.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
WHERE held.symbol IS NULL
    OR (
        held.row_hash <> newest.row_hash
        AND held.observed_at < newest.observed_at
        AND (
            held."open" <> newest."open"
            OR held.high <> newest.high
            OR held.low <> newest.low
            OR held.close <> newest.close
            OR held.volume <> newest.volume
        )
    )
QUALIFY ROW_NUMBER() OVER (PARTITION BY newest.symbol, newest.session_date ORDER BY held.observed_at DESC) = 1;

-- File: load/counts.sql
-- How many rows are new and how many changed, per symbol, and between which dates.
-- Grain: one row for each symbol with a new or changed row.
-- Key: symbol.
-- Limits: symbols without a new or changed row are absent; the dates are null for a table without a date in its key.
SELECT
    symbol,
    SUM(CASE WHEN is_new THEN 1 ELSE 0 END) AS rows_new,
    SUM(CASE WHEN is_new THEN 0 ELSE 1 END) AS rows_changed,
    MIN(session_date) AS first_date,
    MAX(session_date) AS last_date
FROM load_delta
GROUP BY symbol
ORDER BY symbol;

-- File: load/insert_revisions.sql
-- Keeps the values that MERGE is about to overwrite; runs before it, in the same transaction.
-- Grain: one row for each changed row of the delta.
-- Key: symbol, session_date, superseded_at.
-- Limits: only the load's own dates are read.
INSERT INTO market.fact_daily_price_revision (
    symbol, session_date, "open", high, low, close, volume, row_hash, observed_at, capture_key, superseded_at, superseded_by, run_id, loaded_at
)
SELECT
    held.symbol, held.session_date, held."open", held.high, held.low, held.close, held.volume, held.row_hash,
    held.observed_at, held.capture_key,
    changes.observed_at AS superseded_at,
    changes.capture_key AS superseded_by,
    changes.run_id,
    changes.loaded_at
FROM load_delta AS changes
INNER JOIN market.fact_daily_price AS held
    ON held.symbol = changes.symbol
    AND held.session_date = changes.session_date
    AND held.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
WHERE NOT changes.is_new;

-- File: load/merge.sql
-- Writes the delta; the only statement of a load that writes the table, so that it is locked once.
-- Grain: one row for each key.
-- Key: symbol, session_date.
-- Limits: MERGE would insert an unmatched key as often as the source has it, and rewrite unchanged rows; the delta has neither. A target
--   takes no alias. A predicate on the target alone stands in ON, where dbt-redshift puts its incremental_predicates, too.
MERGE INTO market.fact_daily_price
USING load_delta AS changes
ON market.fact_daily_price.symbol = changes.symbol
AND market.fact_daily_price.session_date = changes.session_date
AND market.fact_daily_price.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
WHEN MATCHED THEN UPDATE SET
    "open" = changes."open",
    high = changes.high,
    low = changes.low,
    close = changes.close,
    volume = changes.volume,
    row_hash = changes.row_hash,
    observed_at = changes.observed_at,
    capture_key = changes.capture_key,
    run_id = changes.run_id,
    loaded_at = changes.loaded_at
WHEN NOT MATCHED THEN INSERT (
    symbol, session_date, "open", high, low, close, volume, row_hash, observed_at, capture_key, run_id, loaded_at
)
VALUES (
    changes.symbol, changes.session_date, changes."open", changes.high, changes.low, changes.close,
    changes.volume, changes.row_hash, changes.observed_at, changes.capture_key, changes.run_id, changes.loaded_at
);

-- File: load/check.sql
-- Check: block. Every new or changed key stands exactly once after MERGE; gives those that do not.
-- Grain: one row for each such key, ten at most.
-- Key: symbol, session_date.
-- Limits: grouped by the delta, which declares no key, because the planner trusts a declared one.
SELECT changes.symbol, changes.session_date, COUNT(held.symbol) AS times
FROM load_delta AS changes
LEFT JOIN market.fact_daily_price AS held
    ON held.symbol = changes.symbol
    AND held.session_date = changes.session_date
    AND held.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
GROUP BY changes.symbol, changes.session_date
HAVING COUNT(held.symbol) <> 1
ORDER BY changes.symbol, changes.session_date
LIMIT 10;

-- File: tables/fact_daily_price/touched_symbols.sql
-- The symbols whose events are touched by new and changed bars: where such a bar is the first on or after an event. Bars, events and the
-- sessions on which events take effect are laid on one line of days; between an event and its bar there is no other.
-- Grain: one row for each such symbol.
-- Key: symbol.
-- Limits: on one day the event comes first, then the bar, then the effect, so that a bar sees only effects before it.
CREATE TEMP TABLE load_symbols AS
SELECT DISTINCT symbol
FROM (
    SELECT
        symbol,
        kind,
        MAX(CASE WHEN kind = 1 THEN day END) OVER (PARTITION BY symbol ORDER BY day, kind ROWS UNBOUNDED PRECEDING) AS last_event,
        MAX(CASE WHEN kind = 3 THEN day END) OVER (PARTITION BY symbol ORDER BY day, kind ROWS UNBOUNDED PRECEDING) AS last_effect
    FROM (
        SELECT changes.symbol, changes.session_date AS day, 2 AS kind FROM load_delta AS changes
        UNION ALL
        SELECT action.symbol, action.ex_date AS day, 1 AS kind
        FROM market.corporate_action AS action
        WHERE action.symbol IN (SELECT symbol FROM load_delta)
        UNION ALL
        SELECT effect.symbol, effect.session_date AS day, 3 AS kind
        FROM market.adjustment_factor AS effect
        WHERE effect.symbol IN (SELECT symbol FROM load_delta)
    ) AS dated
) AS running
WHERE kind = 2 AND last_event IS NOT NULL AND (last_effect IS NULL OR last_effect < last_event);

-- File: load/check_changed_rows_have_revisions.sql
-- Check: block. Every changed bar has kept its former values as a revision.
-- Counts the changed rows of the delta without one.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(changes.symbol || ' ' || CAST(changes.session_date AS VARCHAR(10))) AS example
FROM load_delta AS changes
LEFT JOIN market.fact_daily_price_revision AS former
    ON former.symbol = changes.symbol
    AND former.session_date = changes.session_date
    AND former.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
    AND former.superseded_at = changes.observed_at
    AND former.superseded_by = changes.capture_key
WHERE NOT changes.is_new AND former.symbol IS NULL;

-- File: load/check_delta_is_in_the_table.sql
-- Check: block. Every new or changed bar stands in the table with the values and the run of this load.
-- Counts the rows of the delta that do not.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(changes.symbol || ' ' || CAST(changes.session_date AS VARCHAR(10))) AS example
FROM load_delta AS changes
LEFT JOIN market.fact_daily_price AS held
    ON held.symbol = changes.symbol
    AND held.session_date = changes.session_date
    AND held.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
    AND held.row_hash = changes.row_hash
    AND held.observed_at = changes.observed_at
    AND held.run_id = changes.run_id
WHERE held.symbol IS NULL;

-- File: load/check_every_staged_row_is_held.sql
-- Check: block. Every staged bar has its key in the table, at least as new or with equal values.
-- Counts the staged rows that were neither written nor answered for: staged = new + changed + unchanged, counted in the table itself.
-- Grain: one row.
-- Key: none.
-- Limits: none.
SELECT COUNT(*) AS violations, MIN(staged.symbol || ' ' || CAST(staged.session_date AS VARCHAR(10))) AS example
FROM load_stage AS staged
LEFT JOIN market.fact_daily_price AS held
    ON held.symbol = staged.symbol
    AND held.session_date = staged.session_date
    AND held.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
WHERE held.symbol IS NULL
    OR (
        held.row_hash <> staged.row_hash
        AND held.observed_at < staged.observed_at
        AND (
            held."open" <> staged."open"
            OR held.high <> staged.high
            OR held.low <> staged.low
            OR held.close <> staged.close
            OR held.volume <> staged.volume
        )
    );

-- File: load/check_loaded_symbols_are_fresh.sql
-- Check: warn. Every loaded symbol has a bar of the last seven days before the newest session of the load.
-- Counts the loaded symbols whose newest row is older.
-- Grain: one row.
-- Key: none.
-- Limits: days, not sessions, so that no calendar is needed; a symbol whose trading is halted for longer is told in every run. Rows before
--   the load's first date need no look, because every loaded symbol has one that is not.
SELECT COUNT(*) AS violations, MIN(behind.symbol || ' ' || CAST(behind.last_date AS VARCHAR(10))) AS example
FROM (
    SELECT held.symbol, MAX(held.session_date) AS last_date
    FROM market.fact_daily_price AS held
    WHERE held.session_date >= DATE '2026-01-02'
        AND held.symbol IN (SELECT staged.symbol FROM load_stage AS staged)
    GROUP BY held.symbol
) AS behind
WHERE behind.last_date < DATEADD(day, -7, (SELECT MAX(staged.session_date) FROM load_stage AS staged));

-- File: load/check_revisions_have_rows.sql
-- Check: block. No revision is an orphan: its bar stands in the table with other values.
-- Counts the revisions of the changed symbols, between the first and the last date of the load, whose row is gone.
-- Grain: one row.
-- Key: none.
-- Limits: others had no revision written by this load.
SELECT COUNT(*) AS violations, MIN(former.symbol || ' ' || CAST(former.session_date AS VARCHAR(10))) AS example
FROM market.fact_daily_price_revision AS former
LEFT JOIN market.fact_daily_price AS held
    ON held.symbol = former.symbol
    AND held.session_date = former.session_date
    AND held.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
WHERE former.session_date BETWEEN DATE '2026-01-02' AND DATE '2026-01-05'
    AND former.symbol IN (SELECT changes.symbol FROM load_delta AS changes WHERE NOT changes.is_new)
    AND held.symbol IS NULL;

-- File: load/touched_by_run.sql
-- The rows a run wrote last, per symbol, for a load whose COMMIT was not answered.
-- Grain: one row for each symbol.
-- Key: symbol.
-- Limits: a row that a later run changed counts for that run.
SELECT symbol, COUNT(*) AS rows_touched FROM market.fact_daily_price WHERE run_id = %s GROUP BY symbol ORDER BY symbol;
