-- A turn table for each loaded table, in place of one table with a row for each. A load begins by updating the one row of its table's turn, so
-- two loads of one table can never both commit (take.sql). Redshift locks whole tables for writing, so with one table for all of
-- them every load waited for every other.
-- Grain: one row.
-- Key: none.
-- Limits: the run and the time of the load stand in ops.load_audit. A loader from before this change finds ops.load_turn gone and stops, so
--   the two never write at once.
CREATE TABLE ops.load_turn_fact_daily_price (load_id VARCHAR(32)) DISTSTYLE AUTO;

CREATE TABLE ops.load_turn_fact_dividend (load_id VARCHAR(32)) DISTSTYLE AUTO;

CREATE TABLE ops.load_turn_fact_split (load_id VARCHAR(32)) DISTSTYLE AUTO;

CREATE TABLE ops.load_turn_fact_adjusted_price (load_id VARCHAR(32)) DISTSTYLE AUTO;

CREATE TABLE ops.load_turn_quote (load_id VARCHAR(32)) DISTSTYLE AUTO;

CREATE TABLE ops.load_turn_dim_symbol (load_id VARCHAR(32)) DISTSTYLE AUTO;

CREATE TABLE ops.load_turn_quarantined_bar (load_id VARCHAR(32)) DISTSTYLE AUTO;

CREATE TABLE ops.load_turn_marts (load_id VARCHAR(32)) DISTSTYLE AUTO;

INSERT INTO ops.load_turn_fact_daily_price SELECT load_id FROM ops.load_turn WHERE table_name = 'market.fact_daily_price';

INSERT INTO ops.load_turn_fact_dividend SELECT load_id FROM ops.load_turn WHERE table_name = 'market.fact_dividend';

INSERT INTO ops.load_turn_fact_split SELECT load_id FROM ops.load_turn WHERE table_name = 'market.fact_split';

INSERT INTO ops.load_turn_fact_adjusted_price SELECT load_id FROM ops.load_turn WHERE table_name = 'market.fact_adjusted_price';

INSERT INTO ops.load_turn_quote SELECT load_id FROM ops.load_turn WHERE table_name = 'market.quote';

INSERT INTO ops.load_turn_dim_symbol SELECT load_id FROM ops.load_turn WHERE table_name = 'market.dim_symbol';

INSERT INTO ops.load_turn_quarantined_bar SELECT load_id FROM ops.load_turn WHERE table_name = 'ops.quarantined_bar';

INSERT INTO ops.load_turn_marts SELECT load_id FROM ops.load_turn WHERE table_name = 'market.daily_price_adjusted';

COMMENT ON TABLE ops.load_turn_fact_daily_price IS 'Whose turn it is to write market.fact_daily_price: one row, which a load updates first.';
COMMENT ON TABLE ops.load_turn_fact_dividend IS 'Whose turn it is to write market.fact_dividend: one row, which a load updates first.';
COMMENT ON TABLE ops.load_turn_fact_split IS 'Whose turn it is to write market.fact_split: one row, which a load updates first.';
COMMENT ON TABLE ops.load_turn_fact_adjusted_price IS 'Whose turn it is to write market.fact_adjusted_price: one row, which a load updates first.';
COMMENT ON TABLE ops.load_turn_quote IS 'Whose turn it is to write market.quote: one row, which a load updates first.';
COMMENT ON TABLE ops.load_turn_dim_symbol IS 'Whose turn it is to write market.dim_symbol: one row, which a load updates first.';
COMMENT ON TABLE ops.load_turn_quarantined_bar IS 'Whose turn it is to write ops.quarantined_bar: one row, which a load updates first.';
COMMENT ON TABLE ops.load_turn_marts IS 'Whose turn it is to write the marts: one row, which a load of bars or events updates after its own table''s.';
COMMENT ON COLUMN ops.load_turn_fact_daily_price.load_id IS 'The load that wrote it last.';
COMMENT ON COLUMN ops.load_turn_fact_dividend.load_id IS 'The load that wrote it last.';
COMMENT ON COLUMN ops.load_turn_fact_split.load_id IS 'The load that wrote it last.';
COMMENT ON COLUMN ops.load_turn_fact_adjusted_price.load_id IS 'The load that wrote it last.';
COMMENT ON COLUMN ops.load_turn_quote.load_id IS 'The load that wrote it last.';
COMMENT ON COLUMN ops.load_turn_dim_symbol.load_id IS 'The load that wrote it last.';
COMMENT ON COLUMN ops.load_turn_quarantined_bar.load_id IS 'The load that wrote it last.';
COMMENT ON COLUMN ops.load_turn_marts.load_id IS 'The load that wrote them last.';

DROP TABLE ops.load_turn;
