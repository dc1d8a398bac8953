"""The lake: captures, observations, manifests and state documents in S3. Every function takes a store."""
