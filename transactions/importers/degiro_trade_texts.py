"""DEGIRO's descriptions of trades and corporate actions: “Koop 1.234 NAME@5,00 EUR (ISIN)”."""

import re
from decimal import Decimal
from typing import NamedTuple

from pricing.money import EXACT, DecimalMark, decimal_mark, major_unit
from transactions.importers.degiro_words import CASH_FUND, fold
from transactions.importers.figures import positive, required

_BUY = frozenset(
    {
        *("buy", "koop", "kauf", "achat", "compra", "acquisto", "kupno", "zakup", "nakup"),
        *("køb", "kjøp", "kop", "osto"),
    }
)
_SELL = frozenset(
    {
        *("sell", "verkoop", "verkauf", "vente", "venta", "venda", "vendita", "sprzedaz", "prodej"),
        *("salg", "salj", "myynti"),
    }
)

_PRICE = re.compile(
    r"^(?P<head>.+?\S)\s*(?:@|\szu je\s|\sat\s)\s*(?P<price>\d[\d.,'\u2019\u00a0\u202f ]*?)\s*"
    r"(?P<currency>[A-Za-z]{3})\s*(?:\((?P<isin>[A-Z0-9]*)\))?\s*$"
)
_HEAD = re.compile(
    r"^(?:(?P<prefix>[^:\d]+?)\s*:\s*)?(?:(?P<verb>[^\W\d]+)\s+)?(?P<units>\d.*)$", re.DOTALL
)
_SPACED = re.compile(r"^\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?=\s|$)")
_UNITS = re.compile(r"^\d[\d.,'\u2019]*")


class TradeText(NamedTuple):
    """A description like “Koop 1.234 NAME@5,00 EUR (ISIN)”, its numbers still as written."""

    prefix: str
    # +1 buys, -1 sells, 0 does not say (a split: the sign of the cash tells).
    direction: int
    units: str
    name: str
    price: str
    currency: str


def trade_of(description: str) -> TradeText | None:
    """The parts of a trade or corporate action, or None for any other description."""
    # Most rows are none, and this is the cheapest way to know.
    if "@" not in description and " zu je " not in description and " at " not in description:
        return None
    priced = _PRICE.match(description)
    head = _HEAD.match(priced["head"]) if priced else None
    if priced is None or head is None:
        return None
    prefix, verb = (head["prefix"] or "").strip(), fold(head["verb"] or "")
    if CASH_FUND.search(fold(prefix)):
        return None
    direction = 1 if verb in _BUY else -1 if verb in _SELL else 0
    if not direction and (verb or not prefix):
        return None
    units = _SPACED.match(head["units"]) or _UNITS.match(head["units"])
    assert units is not None  # the group starts with a digit
    name = head["units"][units.end() :].strip()
    return TradeText(prefix, direction, units[0], name, priced["price"], priced["currency"])


def quantity_and_price(
    trade: TradeText, cash: Decimal, mark: DecimalMark | None
) -> tuple[Decimal, Decimal]:
    """The numbers of a trade text; the price in the major unit of its currency.

    The price tells the decimal mark, else the quantity does. ``1,234 @ 49,785`` tells nothing: then the
    reading that gives the cash of the row is right, else the mark of the file's other descriptions.
    """
    told = decimal_mark([trade.price]) or decimal_mark([trade.units])
    found = told or _mark_by_cash(trade, cash) or mark
    return _read(trade, found)


def _read(trade: TradeText, mark: DecimalMark | None) -> tuple[Decimal, Decimal]:
    quantity = positive(trade.units, "quantity in the description", mark)
    price = required(trade.price, "price in the description", mark)
    return quantity, EXACT.multiply(price, major_unit(trade.currency)[1])


def _mark_by_cash(trade: TradeText, cash: Decimal) -> DecimalMark | None:
    marks: tuple[DecimalMark, DecimalMark] = (",", ".")
    for mark in marks:
        quantity, price = _read(trade, mark)
        value = EXACT.multiply(quantity, price)
        if abs(EXACT.subtract(value, abs(cash))) * 100 <= abs(cash):
            return mark if cash else None
    return None


def moves_units(trade: TradeText) -> bool:
    """Whether any units are named; a corporate action can leave none of a fraction, and says so."""
    return not trade.prefix or any(digit in "123456789" for digit in trade.units)


def is_stock_dividend(prefix: str) -> bool:
    """Whether a corporate action hands out shares for nothing."""
    return "dividend" in fold(prefix)
