"""From accepted bars to the one file a run loads. Pure: tables and bytes in, tables and bytes out."""
