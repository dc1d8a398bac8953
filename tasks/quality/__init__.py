"""Validation: which rows are accepted, which are quarantined and why, and whether the gate is open."""
