"""What Tickerhouse runs on: AWS, the worker's image, and the embedded stack."""
