"""What an environment is like right now: ``tickerhouse status`` and ``tickerhouse doctor`` as values and text. Pure."""
