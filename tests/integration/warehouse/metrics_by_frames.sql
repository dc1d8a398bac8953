-- The metrics of all bars, each by a frame of its own over the whole series: slow, and plain enough to be read.
-- Grain: one row for each symbol and session.
-- Key: symbol, session_date.
-- Limits: arrays are left out.
SELECT
    symbol,
    session_date,
    adjusted_close,
    daily_return,
    CAST(exact_return AS DOUBLE PRECISION) AS log_return,
    CASE WHEN before_6 >= session_date - 400 THEN CAST(mean_7 AS DECIMAL(28, 13)) END AS average_close_7,
    CASE WHEN before_19 >= session_date - 400 THEN CAST(mean_20 AS DECIMAL(28, 13)) END AS average_close_20,
    CASE WHEN before_49 >= session_date - 400 THEN CAST(mean_50 AS DECIMAL(28, 13)) END AS average_close_50,
    CASE WHEN before_199 >= session_date - 400 THEN CAST(mean_200 AS DECIMAL(28, 13)) END AS average_close_200,
    CASE
        WHEN before_7 >= session_date - 400 AND returns_7 = 7
            THEN SQRT(GREATEST(
                (CAST(square_7 AS DOUBLE PRECISION) - CAST(sum_7 AS DOUBLE PRECISION) * CAST(sum_7 AS DOUBLE PRECISION) / 7) / 6, 0
            ))
    END AS volatility_7,
    CASE
        WHEN before_20 >= session_date - 400 AND returns_20 = 20
            THEN SQRT(GREATEST(
                (CAST(square_20 AS DOUBLE PRECISION) - CAST(sum_20 AS DOUBLE PRECISION) * CAST(sum_20 AS DOUBLE PRECISION) / 20) / 19, 0
            ))
    END AS volatility_20,
    CASE WHEN before_6 >= session_date - 400 THEN CAST(volumes_7 AS DOUBLE PRECISION) / 7 END AS average_volume_7
FROM (
    SELECT
        returned.*,
        LAG(session_date, 6) OVER (PARTITION BY symbol ORDER BY session_date) AS before_6,
        LAG(session_date, 7) OVER (PARTITION BY symbol ORDER BY session_date) AS before_7,
        LAG(session_date, 19) OVER (PARTITION BY symbol ORDER BY session_date) AS before_19,
        LAG(session_date, 20) OVER (PARTITION BY symbol ORDER BY session_date) AS before_20,
        LAG(session_date, 49) OVER (PARTITION BY symbol ORDER BY session_date) AS before_49,
        LAG(session_date, 199) OVER (PARTITION BY symbol ORDER BY session_date) AS before_199,
        AVG(adjusted_close) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS mean_7,
        AVG(adjusted_close) OVER (PARTITION BY symbol ORDER BY session_date ROWS 19 PRECEDING) AS mean_20,
        AVG(adjusted_close) OVER (PARTITION BY symbol ORDER BY session_date ROWS 49 PRECEDING) AS mean_50,
        AVG(adjusted_close) OVER (PARTITION BY symbol ORDER BY session_date ROWS 199 PRECEDING) AS mean_200,
        COUNT(exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS returns_7,
        SUM(exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS sum_7,
        SUM(exact_return * exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS square_7,
        COUNT(exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 19 PRECEDING) AS returns_20,
        SUM(exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 19 PRECEDING) AS sum_20,
        SUM(exact_return * exact_return) OVER (PARTITION BY symbol ORDER BY session_date ROWS 19 PRECEDING) AS square_20,
        SUM(adjusted_volume) OVER (PARTITION BY symbol ORDER BY session_date ROWS 6 PRECEDING) AS volumes_7
    FROM (
        SELECT
            bar.*,
            CASE
                WHEN previous_session >= session_date - 400 AND previous_close > 0
                    THEN CAST(adjusted_close AS DOUBLE PRECISION) / CAST(previous_close AS DOUBLE PRECISION) - 1
            END AS daily_return,
            CASE
                WHEN previous_session >= session_date - 400 AND previous_close > 0 AND adjusted_close > 0
                    THEN CAST(LN(CAST(adjusted_close AS DOUBLE PRECISION) / CAST(previous_close AS DOUBLE PRECISION)) AS DECIMAL(18, 12))
            END AS exact_return
        FROM (
            SELECT
                symbol,
                session_date,
                adjusted_close,
                adjusted_volume,
                LAG(session_date) OVER (PARTITION BY symbol ORDER BY session_date) AS previous_session,
                LAG(adjusted_close) OVER (PARTITION BY symbol ORDER BY session_date) AS previous_close
            FROM market.daily_price_adjusted
        ) AS bar
    ) AS returned
) AS framed
