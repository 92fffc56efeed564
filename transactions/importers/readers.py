"""Moved to pricing.readers, so that price files are read by it too."""

from pricing.readers import (
    HEAD_BYTES,
    Header,
    ImporterError,
    Source,
    cell,
    has_columns,
    parse_instant,
    printable,
)

__all__ = [
    "HEAD_BYTES",
    "Header",
    "ImporterError",
    "Source",
    "cell",
    "has_columns",
    "parse_instant",
    "printable",
]
