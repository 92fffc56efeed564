"""Moved to pricing.terminal, so that commands of every app can use it."""

from pricing.terminal import ProgressBar, table

__all__ = ["ProgressBar", "table"]
