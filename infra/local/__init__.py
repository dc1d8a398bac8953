"""The embedded AWS: S3, Redshift, Alpha Vantage, Slack and Prefect on 127.0.0.1; reached by settings only."""
