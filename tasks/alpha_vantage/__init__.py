"""The Alpha Vantage API: client, classification of responses, one parser per endpoint."""
