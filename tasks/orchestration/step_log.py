"""Loggers of the steps, whose lines reach Prefect and the terminal."""

import logging


def step_logger(name: str) -> logging.Logger:
    """The logger of a step.

    Args:
        name: the step's name, the first column on the screen.
    """
    return logging.getLogger(f"tickerhouse.step.{name}")
