"""The columns of a Trading 212 history: where they are in this file, and what their cells mean.

The set and the order of columns vary with the year and with what the user ticked. Charges (fees and
taxes of a trade) are found by the shape of their name, so that a new one is not overlooked.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from pricing.money import EXACT, ONE, ZERO, major_unit, parse_number, to_amount
from pricing.readers import Header, parse_instant
from transactions.importers.base import RowError, Security
from transactions.importers.figures import required, unit_price

_TOTAL = re.compile(r"^total(?: \(([a-z]{3})\))?$")
_CHARGE = re.compile(r"^(.*\b(?:fee|levy)|.*\b(?:tax|duty))(?: \(([a-z]{3})\))?$")
# Charged on the way into the account (a card deposit) or already taken off the total of a dividend.
_NOT_OF_A_TRADE = frozenset({"withholding tax", "deposit fee"})
_CURRENCY = re.compile(r"^[A-Za-z]{3}$")
_IDENTIFIER = re.compile(r"^(?:[A-Z]{2,}\d+|[0-9a-f]{8}-[0-9a-f-]{27})$")


class _Charge(NamedTuple):
    """A column of fees or taxes: where it is, where its currency is, or which currency it always has."""

    name: str
    column: int
    currency_column: int
    currency: str
    is_tax: bool


class Charges(NamedTuple):
    """What a trade cost, in the account's currency."""

    fee: Decimal
    tax: Decimal
    # Charges in a currency that the row gives no rate for: they stay inside the amount.
    included: str


def is_header(cells: list[str]) -> bool:
    """Whether these are the column names of a Trading 212 history."""
    names = {name.casefold() for name in cells}
    return (
        "action" in names
        and not names.isdisjoint({"time", "time (utc)"})
        and any(_TOTAL.match(name) for name in names)
        and not names.isdisjoint({"isin", "currency (total)", "charge amount (gbp)"})
    )


def currency_of_total(header: Header) -> str:
    """The account currency that the oldest generation has in the column name, else ``""``."""
    for name in header.cells:
        found = _TOTAL.match(name.casefold())
        if found and found[1]:
            return found[1].upper()
    return ""


def is_currency(text: str) -> bool:
    """Whether the cell is a currency code, minor units included."""
    return _CURRENCY.match(text) is not None


class Columns:
    """The columns of one header, and the meaning of their cells."""

    def __init__(self, header: Header) -> None:
        self.width = len(header.cells)
        # A column that this generation lacks is read from one past the end, which is always empty.
        self.time = self._column(header, "Time", "Time (UTC)")
        self.action = self._column(header, "Action")
        self.isin = self._column(header, "ISIN")
        self.ticker = self._column(header, "Ticker")
        self.name = self._column(header, "Name")
        self.shares = self._column(header, "No. of shares")
        self.price = self._column(header, "Price / share")
        self.price_currency = self._column(header, "Currency (Price / share)")
        self.rate = self._column(header, "Exchange rate")
        self.base = currency_of_total(header)
        self.total = self._column(header, f"Total ({self.base})" if self.base else "Total")
        self.total_currency = self._column(header, "Currency (Total)")
        self.withheld = self._column(header, "Withholding tax")
        self.withheld_currency = self._column(header, "Currency (Withholding tax)")
        self.notes = self._column(header, "Notes")
        self.id = self._column(header, "ID")
        self.merchant = self._column(header, "Merchant name")
        conversion = "Currency conversion"
        self.sold = self._column(header, f"{conversion} from amount")
        self.sold_currency = self._column(header, f"Currency ({conversion} from amount)")
        self.bought = self._column(header, f"{conversion} to amount")
        self.bought_currency = self._column(header, f"Currency ({conversion} to amount)")
        self.charges = self._charge_columns(header)
        self.securities: dict[tuple[str, str, str, str], Security] = {}
        self.currencies: dict[str, tuple[str, Decimal]] = {}

    def _column(self, header: Header, *names: str) -> int:
        found = header.find(*names)
        return self.width if found is None else found

    def _charge_columns(self, header: Header) -> list[_Charge]:
        charges = []
        for index, cell_text in enumerate(header.cells):
            found = _CHARGE.match(cell_text.casefold())
            if found is None or found[1] in _NOT_OF_A_TRADE or found[1].startswith("currency ("):
                continue
            charges.append(
                _Charge(
                    cell_text,
                    index,
                    self._column(header, f"Currency ({cell_text})"),
                    (found[2] or "").upper(),
                    found[1].endswith(("tax", "duty")),
                )
            )
        return charges

    def aligned(self, cells: list[str]) -> list[str]:
        """The cells by column: cut rows filled up, and id and shares moved to where they belong."""
        width = self.width
        # Not cut at the width yet: a shifted row is longer.
        row = cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]
        for place in (self.shares, self.shares + 1):
            # Where its owner put the id behind the shares, it stands where it belongs.
            is_moved = place + 1 < width and place != self.id
            if is_moved and row[place] and _IDENTIFIER.match(row[place]):
                row = [*row[: self.shares], *row[place + 1 :], *[""] * (place + 1 - self.shares)]
                row = [*row[: self.id], cells[place], *row[self.id + 1 :]]
                break
        return [*row[:width], ""]

    def when(self, row: list[str]) -> datetime:
        when = parse_instant(row[self.time].strip())
        return when if when.tzinfo else when.replace(tzinfo=UTC)

    def security(self, row: list[str]) -> Security:
        key = (row[self.isin], row[self.ticker], row[self.name], row[self.price_currency])
        security = self.securities.get(key)
        if security is None:
            isin, ticker, name, currency = (part.strip() for part in key)
            if not isin and not ticker:
                raise RowError("neither an ISIN nor a ticker is given")
            security = Security(
                ticker=ticker, isin=isin, name=name, currency=major_unit(currency)[0]
            )
            self.securities[key] = security
        return security

    def currency(self, row: list[str]) -> str:
        return self._unit(row)[0]

    def total_of(self, row: list[str]) -> Decimal:
        total = required(row[self.total], "Total")
        factor = self._unit(row)[1]
        return total if factor is ONE else EXACT.multiply(total, factor)

    def _unit(self, row: list[str]) -> tuple[str, Decimal]:
        """The currency of the total, and what its amounts are multiplied with."""
        text = self.base or row[self.total_currency]
        unit = self.currencies.get(text)
        if unit is None:
            if not is_currency(text.strip()):
                raise RowError(f"the currency “{text.strip()}” of the column “Total” is none")
            unit = self.currencies[text] = major_unit(text.strip())
        return unit

    def description(self, row: list[str], more: str = "") -> str:
        action, notes, merchant = row[self.action], row[self.notes], row[self.merchant]
        if not (notes or merchant or more):
            return action.strip()
        parts = (action, notes, merchant, more)
        return " · ".join(part.strip() for part in parts if part.strip())

    def charges_of(self, row: list[str], currency: str) -> Charges:
        fee = tax = ZERO
        included = []
        for charge in self.charges:
            text = row[charge.column]
            amount = parse_number(text) if text else None
            if not amount:
                continue
            stated = charge.currency or row[charge.currency_column].strip() or currency
            converted = self._converted(row, abs(amount), stated, currency)
            if converted is None:
                included.append(f"{charge.name} {text.strip()} {stated} is part of the amount")
            elif charge.is_tax:
                tax = EXACT.add(tax, converted)
            else:
                fee = EXACT.add(fee, converted)
        return Charges(fee, tax, ", ".join(included))

    def _converted(
        self, row: list[str], amount: Decimal, stated: str, currency: str
    ) -> Decimal | None:
        """A charge in the account's currency, by the row's rate, which is price units per account unit."""
        major, factor = major_unit(stated)
        if major == currency:
            return amount if factor is ONE else EXACT.multiply(amount, factor)
        priced, priced_factor = major_unit(row[self.price_currency].strip())
        if major != priced:
            return None
        rate = required(row[self.rate], "Exchange rate")
        if rate <= ZERO:
            return None
        in_account = EXACT.divide(
            EXACT.multiply(amount, factor), EXACT.multiply(rate, priced_factor)
        )
        return to_amount(in_account)

    def price_of(
        self, row: list[str], currency: str, amount: Decimal | None, quantity: Decimal
    ) -> Decimal | None:
        """Per share in the account's currency: stated, or what the cash makes it."""
        priced, factor = major_unit(row[self.price_currency].strip())
        if priced == currency:
            price = parse_number(row[self.price])
            return None if price is None else EXACT.multiply(price, factor)
        return None if amount is None else unit_price(amount, quantity)
