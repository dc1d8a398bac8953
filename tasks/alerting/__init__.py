"""Decides which alerts to send after a run or a freshness check; pure."""
