"""The worked tables of docs/algorithms, as the tests read them."""

from datetime import date
from decimal import Decimal
from pathlib import Path

PAGES = Path(__file__).parents[2] / "docs" / "algorithms"


def worked_table(page: str) -> list[list[str]]:
    """The cells of the last table of a page, without its heading."""
    section = (PAGES / page).read_text().partition("## Worked table")[2]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def prose(page: str) -> str:
    """What stands below the worked table, in one line."""
    section = (PAGES / page).read_text().partition("## Worked table")[2]
    return " ".join(line for line in section.splitlines() if not line.startswith("|"))


def number(text: str) -> Decimal | None:
    return None if text in {"", "?"} else Decimal(text)


def day(text: str) -> date:
    return date.fromisoformat(text)


def rounded(value: Decimal | None, places: int = 10) -> Decimal | None:
    return None if value is None else round(value, places)
