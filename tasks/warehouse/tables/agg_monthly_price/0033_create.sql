-- Months as bars, made of the daily bars we hold.
-- Grain: one row for each symbol and calendar month.
-- Key: symbol, month_start.
-- Limits: unadjusted, like the daily bars. A month that is not over is as far as its last session goes, and one whose sessions are not
--   all held (session_count against market.dim_session) is made of those that are. Keyed by the month, not by its last session, which
--   moves. A pure function of the bars.
-- Sorted by month_start, because questions are about a span of time; distribution and encoding are left to Redshift.
CREATE TABLE market.agg_monthly_price (
    symbol VARCHAR(32) NOT NULL,
    month_start DATE NOT NULL,
    first_session DATE NOT NULL,
    last_session DATE NOT NULL,
    session_count INTEGER NOT NULL,
    "open" DECIMAL(18, 6) NOT NULL,
    high DECIMAL(18, 6) NOT NULL,
    low DECIMAL(18, 6) NOT NULL,
    close DECIMAL(18, 6) NOT NULL,
    volume BIGINT NOT NULL,
    PRIMARY KEY (symbol, month_start)
)
DISTSTYLE AUTO
SORTKEY (month_start);

COMMENT ON TABLE market.agg_monthly_price IS 'One symbol''s bar of a calendar month, made of its daily bars.';
COMMENT ON COLUMN market.agg_monthly_price.symbol IS 'The symbol in its canonical spelling.';
COMMENT ON COLUMN market.agg_monthly_price.month_start IS 'The first day of the calendar month.';
COMMENT ON COLUMN market.agg_monthly_price.first_session IS 'The first session held of the month.';
COMMENT ON COLUMN market.agg_monthly_price.last_session IS 'The last session held of the month.';
COMMENT ON COLUMN market.agg_monthly_price.session_count IS 'How many sessions it is made of.';
COMMENT ON COLUMN market.agg_monthly_price."open" IS 'Opening price of the first session.';
COMMENT ON COLUMN market.agg_monthly_price.high IS 'Highest price.';
COMMENT ON COLUMN market.agg_monthly_price.low IS 'Lowest price.';
COMMENT ON COLUMN market.agg_monthly_price.close IS 'Closing price of the last session, unadjusted.';
COMMENT ON COLUMN market.agg_monthly_price.volume IS 'Shares traded.';
