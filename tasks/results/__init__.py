"""What the steps of a run share: their results, the summary made of them, and what is remembered for the next run."""
