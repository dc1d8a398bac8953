-- The closes of one symbol that the table holds, beside those that the load brings for the same sessions.
-- Grain: one row for each session that both have.
-- Key: session_date.
-- Limits: only bars that are newer than the held ones.
SELECT held.session_date, held.close AS close_held, MAX(staged.close) AS close_staged
FROM ${table} AS held
INNER JOIN ${stage} AS staged
    ON ${match(held, staged)}
    AND staged.observed_at > held.observed_at
WHERE held.symbol = %s
GROUP BY held.session_date, held.close
ORDER BY held.session_date;
