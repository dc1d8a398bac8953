"""What is deployed to Prefect: deployments, automations, alerts and watchlists."""
