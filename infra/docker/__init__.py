"""The image that worker and flow runs are started from."""
