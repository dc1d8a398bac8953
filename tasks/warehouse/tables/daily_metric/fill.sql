-- Computes the metrics of the touched bars and of the 199 after each.
-- Grain: one row for each such symbol and session.
-- Key: symbol, session_date.
-- Limits: reads 400 days around the touched bars of the touched symbols. Sums are of decimals, so that no order of adding shows; a
--   deviation is made of the exact sums of returns and of their squares.
-- The closes of 20, 50 and 200 bars are added once, for a symbol's first touched bar; from there each step adds the new close and takes
-- away the one that leaves. A frame over all bars of the 400 days costs ten times as much. TRUNC cuts off as AVG does: 1/20, 1/50 and 1/200
-- are exact decimals, 1/7 is none.
-- Long, because no aggregate of Redshift makes an array over a frame of rows: each of the last six values is a LAG of its own. These are
-- taken of the rows to be written and the few before them, not of the 400 days.
INSERT INTO ${target} (
    symbol, session_date, adjusted_close, daily_return, log_return, average_close_7, average_close_20, average_close_50,
    average_close_200, volatility_7, volatility_20, average_volume_7, last_opens, last_highs, last_lows, last_closes, last_volumes
)
SELECT
    symbol,
    session_date,
    adjusted_close,
    daily_return,
    CAST(exact_return AS DOUBLE PRECISION) AS log_return,
    CASE WHEN session_before_6 >= session_date - 400 THEN CAST(mean_7 AS DECIMAL(28, 13)) END AS average_close_7,
    CASE WHEN session_before_19 >= session_date - 400 THEN CAST(TRUNC(CAST(sum_20 AS DECIMAL(31, 13)) * 0.05, 13) AS DECIMAL(28, 13)) END AS average_close_20,
    CASE WHEN session_before_49 >= session_date - 400 THEN CAST(TRUNC(CAST(sum_50 AS DECIMAL(31, 13)) * 0.02, 13) AS DECIMAL(28, 13)) END AS average_close_50,
    CASE WHEN session_before_199 >= session_date - 400 THEN CAST(TRUNC(CAST(sum_200 AS DECIMAL(31, 13)) * 0.005, 13) AS DECIMAL(28, 13)) END AS average_close_200,
    CASE
        WHEN session_before_7 >= session_date - 400 AND returns_7 = 7
            THEN SQRT(GREATEST(
                (CAST(return_square_7 AS DOUBLE PRECISION) - CAST(return_sum_7 AS DOUBLE PRECISION) * CAST(return_sum_7 AS DOUBLE PRECISION) / 7) / 6, 0
            ))
    END AS volatility_7,
    CASE
        WHEN session_before_20 >= session_date - 400 AND returns_20 = 20
            THEN SQRT(GREATEST(
                (CAST(return_square_20 AS DOUBLE PRECISION) - CAST(return_sum_20 AS DOUBLE PRECISION) * CAST(return_sum_20 AS DOUBLE PRECISION) / 20) / 19, 0
            ))
    END AS volatility_20,
    CASE WHEN session_before_6 >= session_date - 400 THEN CAST(volumes_7 AS DOUBLE PRECISION) / 7 END AS average_volume_7,
    CASE WHEN session_before_6 >= session_date - 400 THEN ARRAY(open_before_6, open_before_5, open_before_4, open_before_3, open_before_2, open_before_1, adjusted_open) END AS last_opens,
    CASE WHEN session_before_6 >= session_date - 400 THEN ARRAY(high_before_6, high_before_5, high_before_4, high_before_3, high_before_2, high_before_1, adjusted_high) END AS last_highs,
    CASE WHEN session_before_6 >= session_date - 400 THEN ARRAY(low_before_6, low_before_5, low_before_4, low_before_3, low_before_2, low_before_1, adjusted_low) END AS last_lows,
    CASE WHEN session_before_6 >= session_date - 400 THEN ARRAY(close_before_6, close_before_5, close_before_4, close_before_3, close_before_2, close_before_1, adjusted_close) END AS last_closes,
    CASE WHEN session_before_6 >= session_date - 400 THEN ARRAY(volume_before_6, volume_before_5, volume_before_4, volume_before_3, volume_before_2, volume_before_1, adjusted_volume) END AS last_volumes
FROM (
    SELECT
        returned.*,
        LAG(adjusted_open, 6) OVER (PARTITION BY symbol ORDER BY session_date) AS open_before_6,
        LAG(adjusted_open, 5) OVER (PARTITION BY symbol ORDER BY session_date) AS open_before_5,
        LAG(adjusted_open, 4) OVER (PARTITION BY symbol ORDER BY session_date) AS open_before_4,
        LAG(adjusted_open, 3) OVER (PARTITION BY symbol ORDER BY session_date) AS open_before_3,
        LAG(adjusted_open, 2) OVER (PARTITION BY symbol ORDER BY session_date) AS open_before_2,
        LAG(adjusted_open, 1) OVER (PARTITION BY symbol ORDER BY session_date) AS open_before_1,
        LAG(adjusted_high, 6) OVER (PARTITION BY symbol ORDER BY session_date) AS high_before_6,
        LAG(adjusted_high, 5) OVER (PARTITION BY symbol ORDER BY session_date) AS high_before_5,
        LAG(adjusted_high, 4) OVER (PARTITION BY symbol ORDER BY session_date) AS high_before_4,
        LAG(adjusted_high, 3) OVER (PARTITION BY symbol ORDER BY session_date) AS high_before_3,
        LAG(adjusted_high, 2) OVER (PARTITION BY symbol ORDER BY session_date) AS high_before_2,
        LAG(adjusted_high, 1) OVER (PARTITION BY symbol ORDER BY session_date) AS high_before_1,
        LAG(adjusted_low, 6) OVER (PARTITION BY symbol ORDER BY session_date) AS low_before_6,
        LAG(adjusted_low, 5) OVER (PARTITION BY symbol ORDER BY session_date) AS low_before_5,
        LAG(adjusted_low, 4) OVER (PARTITION BY symbol ORDER BY session_date) AS low_before_4,
        LAG(adjusted_low, 3) OVER (PARTITION BY symbol ORDER BY session_date) AS low_before_3,
        LAG(adjusted_low, 2) OVER (PARTITION BY symbol ORDER BY session_date) AS low_before_2,
        LAG(adjusted_low, 1) OVER (PARTITION BY symbol ORDER BY session_date) AS low_before_1,
        LAG(adjusted_close, 6) OVER (PARTITION BY symbol ORDER BY session_date) AS close_before_6,
        LAG(adjusted_close, 5) OVER (PARTITION BY symbol ORDER BY session_date) AS close_before_5,
        LAG(adjusted_close, 4) OVER (PARTITION BY symbol ORDER BY session_date) AS close_before_4,
        LAG(adjusted_close, 3) OVER (PARTITION BY symbol ORDER BY session_date) AS close_before_3,
        LAG(adjusted_close, 2) OVER (PARTITION BY symbol ORDER BY session_date) AS close_before_2,
        LAG(adjusted_close, 1) OVER (PARTITION BY symbol ORDER BY session_date) AS close_before_1,
        LAG(adjusted_volume, 6) OVER (PARTITION BY symbol ORDER BY session_date) AS volume_before_6,
        LAG(adjusted_volume, 5) OVER (PARTITION BY symbol ORDER BY session_date) AS volume_before_5,
        LAG(adjusted_volume, 4) OVER (PARTITION BY symbol ORDER BY session_date) AS volume_before_4,
        LAG(adjusted_volume, 3) OVER (PARTITION BY symbol ORDER BY session_date) AS volume_before_3,
        LAG(adjusted_volume, 2) OVER (PARTITION BY symbol ORDER BY session_date) AS volume_before_2,
        LAG(adjusted_volume, 1) OVER (PARTITION BY symbol ORDER BY session_date) AS volume_before_1,
        AVG(adjusted_close) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS mean_7,
        SUM(adjusted_volume) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS volumes_7,
        COUNT(exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS returns_7,
        SUM(exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS return_sum_7,
        SUM(exact_return * exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS return_square_7,
        SUM(close_step_20) OVER (PARTITION BY symbol ORDER BY session_date ROWS UNBOUNDED PRECEDING) AS sum_20,
        SUM(close_step_50) OVER (PARTITION BY symbol ORDER BY session_date ROWS UNBOUNDED PRECEDING) AS sum_50,
        SUM(close_step_200) OVER (PARTITION BY symbol ORDER BY session_date ROWS UNBOUNDED PRECEDING) AS sum_200,
        COUNT(exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 19 PRECEDING) AS returns_20,
        SUM(exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 19 PRECEDING) AS return_sum_20,
        SUM(exact_return * exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 19 PRECEDING) AS return_square_20,
        MAX(is_touched) OVER (PARTITION BY symbol ORDER BY session_date ROWS 199 PRECEDING) AS is_reached
    FROM (
        SELECT
            neighbour.*,
            CASE
                WHEN previous_session >= session_date - 400 AND previous_close > 0
                    THEN CAST(adjusted_close AS DOUBLE PRECISION) / CAST(previous_close AS DOUBLE PRECISION) - 1
            END AS daily_return,
            CASE
                WHEN previous_session >= session_date - 400 AND previous_close > 0 AND adjusted_close > 0
                    THEN CAST(LN(CAST(adjusted_close AS DOUBLE PRECISION) / CAST(previous_close AS DOUBLE PRECISION)) AS DECIMAL(18, 12))
            END AS exact_return,
            CASE WHEN place < first_place THEN 0 WHEN place = first_place THEN first_20 ELSE adjusted_close - NVL(close_before_20, 0) END AS close_step_20,
            CASE WHEN place < first_place THEN 0 WHEN place = first_place THEN first_50 ELSE adjusted_close - NVL(close_before_50, 0) END AS close_step_50,
            CASE WHEN place < first_place THEN 0 WHEN place = first_place THEN first_200 ELSE adjusted_close - NVL(close_before_200, 0) END AS close_step_200
        FROM (
            SELECT
                placed.*,
                LAG(session_date, 1) OVER (PARTITION BY symbol ORDER BY session_date) AS previous_session,
                LAG(session_date, 6) OVER (PARTITION BY symbol ORDER BY session_date) AS session_before_6,
                LAG(session_date, 7) OVER (PARTITION BY symbol ORDER BY session_date) AS session_before_7,
                LAG(session_date, 19) OVER (PARTITION BY symbol ORDER BY session_date) AS session_before_19,
                LAG(session_date, 20) OVER (PARTITION BY symbol ORDER BY session_date) AS session_before_20,
                LAG(session_date, 49) OVER (PARTITION BY symbol ORDER BY session_date) AS session_before_49,
                LAG(session_date, 199) OVER (PARTITION BY symbol ORDER BY session_date) AS session_before_199,
                LAG(adjusted_close, 1) OVER (PARTITION BY symbol ORDER BY session_date) AS previous_close,
                LAG(adjusted_close, 20) OVER (PARTITION BY symbol ORDER BY session_date) AS close_before_20,
                LAG(adjusted_close, 50) OVER (PARTITION BY symbol ORDER BY session_date) AS close_before_50,
                LAG(adjusted_close, 200) OVER (PARTITION BY symbol ORDER BY session_date) AS close_before_200,
                SUM(CASE WHEN place > first_place - 20 AND place <= first_place THEN adjusted_close END) OVER (PARTITION BY symbol) AS first_20,
                SUM(CASE WHEN place > first_place - 50 AND place <= first_place THEN adjusted_close END) OVER (PARTITION BY symbol) AS first_50,
                SUM(CASE WHEN place > first_place - 200 AND place <= first_place THEN adjusted_close END) OVER (PARTITION BY symbol) AS first_200
            FROM (
                SELECT
                    bar.symbol,
                    bar.session_date,
                    bar.adjusted_open,
                    bar.adjusted_high,
                    bar.adjusted_low,
                    bar.adjusted_close,
                    bar.adjusted_volume,
                    CASE WHEN chosen.symbol IS NULL THEN 0 ELSE 1 END AS is_touched,
                    ROW_NUMBER() OVER (PARTITION BY bar.symbol ORDER BY bar.session_date) AS place,
                    SUM(CASE WHEN bar.session_date <= reach.first_touched THEN 1 ELSE 0 END) OVER (PARTITION BY bar.symbol) AS first_place
                FROM market.daily_price_adjusted AS bar
                INNER JOIN (
                    SELECT symbol, MIN(session_date) AS first_touched, MAX(session_date) AS last_touched FROM ${touched} GROUP BY symbol
                ) AS reach
                    ON reach.symbol = bar.symbol
                    AND bar.session_date BETWEEN reach.first_touched - 400 AND reach.last_touched + 400
                LEFT JOIN ${touched} AS chosen ON chosen.symbol = bar.symbol AND chosen.session_date = bar.session_date
                WHERE bar.session_date BETWEEN ${first} - 400 AND ${last} + 400
            ) AS placed
            WHERE place > first_place - 200
        ) AS neighbour
        WHERE place > first_place - 20
    ) AS returned
) AS followed
WHERE is_reached = 1;
