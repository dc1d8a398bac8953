"""What is worth saying about a run, to whom, and whether it was said already; pure."""
