-- The staging table that COPY fills: the curated file's columns in the file's order, in the session's own temporary schema.
-- Grain: one row for each row of the file.
-- Key: none; the file is not trusted to be free of duplicates.
-- Limits: gone with the session.
CREATE TEMP TABLE ${stage} (
    ${definitions}
);
