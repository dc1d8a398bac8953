"""Everything that touches Prefect, AWS clients, the clock and the environment, for the steps above."""
