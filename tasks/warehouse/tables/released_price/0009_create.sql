-- The bars in the table that the gate had held back and a person released: who, when and why.
-- Grain: one row for each symbol and session whose present values were released.
-- Key: symbol, session_date.
-- Limits: a bar whose released values gave way to a newer capture is no longer here; its release stays in ops.quarantined_bar.
CREATE VIEW market.released_price AS
SELECT
    price.symbol,
    price.session_date,
    price."open",
    price.high,
    price.low,
    price.close,
    price.volume,
    held.reasons,
    held.released_at,
    held.released_by,
    held.release_note,
    price.observed_at,
    price.run_id
FROM market.fact_daily_price AS price
INNER JOIN ops.quarantined_bar AS held
    ON held.release_run_id = price.run_id
    AND held.symbol = price.symbol
    AND held.session_text = CAST(price.session_date AS VARCHAR(10))
WHERE held.dataset = 'daily_prices';

COMMENT ON VIEW market.released_price IS 'The bars in the table that the gate had held back and a person released: who, when and why.';
