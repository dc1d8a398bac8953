"""The steps of the pipeline, one Prefect task per file, and the modules that do their work, one folder each."""
