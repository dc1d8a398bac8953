"""The loggers of the steps: their lines reach the run's log in Prefect and the screen of the command."""

import logging


def step_logger(name: str) -> logging.Logger:
    """The logger of a step.

    Args:
        name: the step's name, the first column on the screen.
    """
    return logging.getLogger(f"tickerhouse.step.{name}")
