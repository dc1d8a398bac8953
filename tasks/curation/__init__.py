"""Curation: from accepted rows to the Parquet file that a run loads. Pure: tables and bytes in, tables and bytes out."""
