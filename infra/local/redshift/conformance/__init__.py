"""Claims about Redshift, each with AWS's page: they are held here, and ``--live`` asks a real workgroup the same."""
