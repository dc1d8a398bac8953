"""The steps (one thin Prefect task a file) and, one folder each, the rooms that do their work."""
