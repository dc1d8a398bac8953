"""What an environment costs, as a model that can be read."""
