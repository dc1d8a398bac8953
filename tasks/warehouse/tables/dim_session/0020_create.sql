-- The sessions of an exchange, from the calendar that the pipeline itself goes by; so gaps are found without leaving the warehouse.
-- Grain: one row for each exchange and session.
-- Key: exchange, session_date.
-- Limits: the calendar reaches about a year ahead, and an announced closure can still take a session out of it. A load that brings a newer
--   session than the table has extends it (tasks/warehouse/calendar.py); rows are only ever added.
-- Sorted by session_date, because it is joined by it; a copy on every node, because it is small and joined by everything.
CREATE TABLE market.dim_session (
    exchange VARCHAR(16) NOT NULL,
    session_date DATE NOT NULL,
    session_number INTEGER NOT NULL,
    closes_at TIMESTAMP NOT NULL,
    is_early_close BOOLEAN NOT NULL,
    PRIMARY KEY (exchange, session_date)
)
DISTSTYLE ALL
SORTKEY (session_date);

COMMENT ON TABLE market.dim_session IS 'The sessions of an exchange, past and announced.';
COMMENT ON COLUMN market.dim_session.exchange IS 'The exchange by its market identifier code, e.g. XNYS.';
COMMENT ON COLUMN market.dim_session.session_date IS 'The trading date.';
COMMENT ON COLUMN market.dim_session.session_number IS 'Counts the exchange''s sessions from 1990 on, so that two differ by the sessions between them.';
COMMENT ON COLUMN market.dim_session.closes_at IS 'The official close, UTC.';
COMMENT ON COLUMN market.dim_session.is_early_close IS 'Whether the exchange closes early.';
