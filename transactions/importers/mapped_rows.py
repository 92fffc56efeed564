"""The rows of a table whose columns and words a person explained; see ``layouts``.

What a transaction needs, and what a currency and an instrument are, is decided by the rules of our own CSV.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from operator import itemgetter

from pricing.currencies import is_money
from pricing.money import EXACT, ONE, ZERO, NumberError
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import number
from transactions.importers.free_dates import moment
from transactions.importers.generic_csv import DAY_LENGTH, check, currency_of, security_of
from transactions.importers.layouts import IGNORE, MONEY, TRADE, Layout, Role
from transactions.kinds import CASH_SIGN, MOVES_UNITS, Kind

LONGEST_TICKER = 40
_TRADES = frozenset({Kind.BUY, Kind.SELL})
_IN_UNITS = {Kind.DEPOSIT: Kind.TRANSFER_IN, Kind.WITHDRAWAL: Kind.TRANSFER_OUT}
_TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
# With an amount these move money alone, whatever number of shares the row mentions.
_MONEY_ONLY = frozenset({*_IN_UNITS, Kind.INTEREST, Kind.FEE, Kind.TAX})
# A row of these is of an instrument, which its name tells where there is no ticker.
_OF_UNITS = MOVES_UNITS | {Kind.DIVIDEND, Kind.RETURN_OF_CAPITAL}


class Rows:
    """Reads one row after another; what repeats in a file is looked up once."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.name = name
        self.layout = layout
        self.width = len(layout.header)
        # Roles without a column read the blank cell that is put at the end of every record.
        self.pick = itemgetter(*(layout.columns.get(role, self.width) for role in Role))
        self.security = lru_cache(maxsize=None)(security_of)
        self.currency = lru_cache(maxsize=None)(currency_of)
        self.when = lru_cache(maxsize=4096)(self._when)

    def read(self, line: int, record: list[str]) -> Outcome:
        (day, time, word, ticker, isin, name, units, paid, total, currency, *charges, rate, identity,
         note) = self._cells(record)  # fmt: skip
        meaning = self._meaning(word)
        if meaning == IGNORE:
            return Ignored(line, f"the type “{word}”, which the mapping leaves out")
        quantity = self._number(Role.QUANTITY, units)
        price = self._number(Role.PRICE, paid)
        stated = self._number(Role.AMOUNT, total)
        fee = (self._number(Role.FEE, charges[0]) or ZERO).copy_abs()
        tax = (self._number(Role.TAX, charges[1]) or ZERO).copy_abs()
        kind = _kind(meaning, quantity, stated)
        is_size = meaning in {TRADE, MONEY} or kind in _TRADES
        if kind in _IN_UNITS and stated is None and quantity and (ticker or isin):
            # A wallet states how much of which currency or coin was moved.
            if is_money(ticker.upper()):
                stated, currency, is_size = quantity, ticker.upper(), True
            else:
                kind = _IN_UNITS[kind]
        code, factor = self.currency(currency or self.layout.currency)
        security = self._security(kind, ticker, isin, name, quantity)
        quantity = _quantity(kind, quantity, word, has_amount=stated is not None)
        amount = _worth(kind, quantity, price)
        if stated is not None:
            amount = self._amount(
                kind, stated, fee, tax, is_size=is_size, units=security is not None
            )
        check(kind, security, quantity, has_amount=amount is not None)
        if factor is not ONE:
            price = None if price is None else EXACT.multiply(price, factor)
            amount = None if amount is None else EXACT.multiply(amount, factor)
            fee, tax = EXACT.multiply(fee, factor), EXACT.multiply(tax, factor)
        when, has_time = self.when(day, time)
        return ParsedTransaction(
            line, when, kind, code, amount, security, quantity, price, fee or ZERO, "", tax or ZERO,
            self._number(Role.FX_RATE, rate), has_time, identity, "",
            note or (name if security is None else "") or word,
        )  # fmt: skip

    def _cells(self, record: list[str]) -> Iterator[str]:
        if len(record) != self.width:
            if any(map(str.strip, record[self.width :])):
                raise RowError(f"the row has {len(record)} cells, the header only {self.width}")
            record = [*record[: self.width], *[""] * (self.width - len(record))]
        return map(str.strip, self.pick([*record, ""]))

    def _meaning(self, word: str) -> str:
        if Role.TYPE not in self.layout.columns:
            # Without a column of types the signs say all.
            return TRADE if Role.QUANTITY in self.layout.columns else MONEY
        found = self.layout.kinds.get(word.casefold())
        if found is None:
            raise RowError(
                f"the type “{word}” has no meaning in the mapping “{self.name}” yet; give it one"
            )
        return found

    def _number(self, role: Role, text: str) -> Decimal | None:
        if not text:
            return None
        try:
            return number(text, self.layout.decimal)
        except NumberError as error:
            raise RowError(f"{role.value}: {error}") from error

    def _when(self, day: str, time: str) -> tuple[datetime, bool]:
        text = moment(day, time, self.layout.dates)
        try:
            return datetime.fromisoformat(text), len(text) > DAY_LENGTH
        except ValueError as error:
            order = {"y": "year", "m": "month", "d": "day"}
            parts = ", ".join(order[letter] for letter in self.layout.dates.value)
            shown = f"{day} {time}".strip()[:40]
            raise RowError(f"“{shown}” is not a date in the order {parts}") from error

    def _security(
        self, kind: Kind, ticker: str, isin: str, name: str, quantity: Decimal | None
    ) -> Security | None:
        if kind in _IN_UNITS:
            return None
        if not ticker and not isin:
            # A fee, or money that is sent, with a text in the column of names is of no instrument.
            is_of_one = kind in _OF_UNITS and (bool(quantity) or kind not in _TRANSFERS)
            return self.security(name[:LONGEST_TICKER], "", name) if is_of_one else None
        return self.security(ticker, isin.upper(), name)

    def _amount(
        self, kind: Kind, stated: Decimal, fee: Decimal, tax: Decimal, *, is_size: bool, units: bool
    ) -> Decimal | None:
        """Gross, in the direction of the kind; see ParsedTransaction."""
        sign = CASH_SIGN[kind]
        if kind in _TRANSFERS and units and not stated:
            # Nobody gives shares away for nothing: the file does not say what they had cost.
            return None
        if is_size or not sign:
            amount = stated.copy_abs()
        elif self.layout.is_signed and sign < 0:
            amount = stated.copy_negate()
        else:
            amount = stated
        if self.layout.has_fees and (fee or tax):
            # What came in is less by the charges, what went out is more.
            charges = EXACT.add(fee, tax)
            amount = EXACT.add(amount, charges) if sign > 0 else EXACT.subtract(amount, charges)
        return amount


def _kind(meaning: str, quantity: Decimal | None, amount: Decimal | None) -> Kind:
    if meaning == MONEY or (meaning == TRADE and not quantity):
        moved = quantity if amount is None else amount
        if moved is None:
            raise RowError("there is neither a quantity nor an amount whose sign tells the type")
        return Kind.DEPOSIT if moved > 0 else Kind.WITHDRAWAL
    if meaning == TRADE:
        # Some files have quantities without sign; then the money tells.
        is_sale = quantity < 0 or (amount is not None and amount > 0)  # type: ignore[operator]
        return Kind.SELL if is_sale else Kind.BUY
    return Kind(meaning)


def _quantity(kind: Kind, stated: Decimal | None, word: str, *, has_amount: bool) -> Decimal | None:
    if not stated or (has_amount and kind in _MONEY_ONLY):
        return None
    if kind is Kind.SPLIT:
        return stated
    if stated < 0 and kind is Kind.BUY:
        raise RowError(
            f"the quantity {stated:f} of a purchase is negative; let the sign tell what “{word}” means"
        )
    return stated.copy_abs()


def _worth(kind: Kind, quantity: Decimal | None, price: Decimal | None) -> Decimal | None:
    """The amount of a trade of which only quantity and price are stated."""
    if kind not in _TRADES or quantity is None or price is None:
        return None
    return EXACT.multiply(quantity, price)
