-- Records one migration, in the transaction that applied it.
-- Grain: one row for each applied migration.
-- Key: number.
-- Limits: the key is not enforced by Redshift; migrations.py compares numbers before.
INSERT INTO ops.migration (number, name, sha256) VALUES (%s, %s, %s);
