"""The lake: exact bytes, observations, manifests and state in S3. Every function is handed a store."""
