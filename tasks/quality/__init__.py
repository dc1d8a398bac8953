"""The gate: which bars may pass, which are held back and why, and whether the run may go on."""
