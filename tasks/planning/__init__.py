"""What to ask today: the watchlist, the budget of the day, and the plan. Pure: values in, values out."""
