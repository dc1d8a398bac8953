"""Planning: watchlist, budget and the calls to send. Pure: values in, values out."""
