"""Prefect flows, one file each; they contain no logic."""
