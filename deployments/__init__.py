"""What Prefect holds: deployments, automations and the watchlist."""
