"""The books as of a past day, computed in memory from the rows up to that day; nothing is written.

What comes out is what a ledger would give into which only those rows were imported: positions, lots,
disposals and issues, bit for bit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from portfolio.derived import Build, fresh_build, summarise
from portfolio.entries import Exchange, LedgerLine, Money, ledger_lines
from portfolio.lots import Book
from portfolio.models import Position
from portfolio.transfers import TRANSFERS, Journey, Key, linked_positions
from transactions.models import Account


class Past(NamedTuple):
    """A position that is not stored, with its book from the first row on, and these rows."""

    position: Position
    book: Book
    lines: list[LedgerLine]


def position_on(position: Position, on: date) -> Past | None:
    """One position with its lots and disposals; None when no row had moved it yet."""
    key = (position.account_id, position.instrument_id)
    keys = linked_positions(position.account, [position.instrument_id]) | {key}
    accounts = {position.account_id: position.account}
    if len({pk for pk, _ in keys}) > 1:
        accounts = Account.objects.filter(owner=position.account.owner_id).in_bulk()
    wanted: dict[int, list[str]] = {}
    for pk, ticker in sorted(keys):
        wanted.setdefault(pk, []).append(ticker)
    then = _books([(accounts[pk], tickers) for pk, tickers in wanted.items()], on).get(key)
    if then is not None:
        then.position.pk = position.pk
        then.position.instrument = position.instrument
    return then


def books_on(accounts: Sequence[Account], on: date) -> list[Past]:
    """All positions that rows up to a day have moved, of all accounts of one owner."""
    numbers = {
        (account, ticker): pk
        for pk, account, ticker in Position.objects.filter(account__in=accounts).values_list(
            "pk", "account", "instrument__ticker"
        )
    }
    wanted: dict[int, list[str]] = {}
    for account, ticker in sorted(numbers):
        wanted.setdefault(account, []).append(ticker)
    known = {account.pk: account for account in accounts}
    found = _books([(known[pk], tickers) for pk, tickers in wanted.items()], on)
    for key, then in found.items():
        then.position.pk = numbers[key]
    return list(found.values())


def _books(wanted: Iterable[tuple[Account, Sequence[str]]], on: date) -> dict[Key, Past]:
    builds: dict[Key, Build] = {}
    lines: dict[Key, list[LedgerLine]] = {}
    for account, tickers in wanted:
        for ticker, found in ledger_lines(account.pk, tickers, until=on):
            builds[account.pk, ticker] = fresh_build(account, ticker, found)
            lines[account.pk, ticker] = found
    exchange = Exchange(end=on)
    moving = {key for key, found in lines.items() if any(map(_is_linked_transfer, found))}
    for key in builds.keys() - moving:
        position = builds[key].position
        money = Money(position.currency, position.account.currency, exchange)
        builds[key].book.apply(money.entries(lines[key]))
    Journey({key: builds[key] for key in moving}, {key: deque(lines[key]) for key in moving}).run()
    now = datetime.now(UTC)
    for build in builds.values():
        summarise(build, now)
    return {key: Past(build.position, build.book, lines[key]) for key, build in builds.items()}


def _is_linked_transfer(line: LedgerLine) -> bool:
    return line.linked is not None and line.type in TRANSFERS
