"""The flows: one file each, reading top to bottom as the way of the data; no logic."""
