"""Redshift's SQL: what is allowed, which type every expression has, and how DuckDB is told the same."""
