"""Results that steps share: per-run results, the summary made from them, and what is stored for the next run."""
