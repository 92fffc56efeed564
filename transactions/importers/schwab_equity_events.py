"""What the records of Schwab's Equity Awards Center mean, whichever file they stand in.

A record is a transaction with details: of a deposit what the shares were worth on the day that they became
somebody's own, of a sale the lots. Those lots are the broker's choice; here it is first in, first out.

Quirks: the amount of a sale is the cash, fee taken off. The quantity of a sale can be rounded where its lots
have fractions. What came in is told in the units of today, what was sold before a split in those of its day:
the worth that a sale repeats of its shares tells by how much. A vest has a record of its own, “Lapse”, beside
the deposit of its shares, which go straight to the brokerage account if there is none.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import EXACT, ONE, ZERO, currency_in, parse_number
from transactions.importers import schwab_words as words
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import unit_price
from transactions.kinds import Kind

_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_SOLD = frozenset({"sale", "sell", "forced quick sell"})
_PAID = {
    **words.PAID,
    "tax reversal": Kind.TAX,
    "irs withhold adj": Kind.TAX,
    "adjustment": Kind.FEE,
}
_SENT = frozenset({*words.DEPOSITS, "wire transfer", "forced disbursement"}) - {"deposit"}
_MOVED = frozenset({"journal", "share transfer", "security transfer", "gift"})
# The day and the worth of shares that vested, or were bought through a plan.
_WORTH = (("VestDate", "VestFairMarketValue"), ("PurchaseDate", "PurchaseFairMarketValue"))
_KNOWN = (
    "Deposit, Lapse, Sale, Forced Quick Sell, dividends, taxes and fees, Adjustment, Journal,"
    " Wire Transfer, Forced Disbursement, Share Transfer and Gift"
)
# How far the stated worths may be from a whole ratio of a split.
_TOLERANCE = Decimal("0.01")


class Record(NamedTuple):
    line: int
    details: list[Mapping[str, str]]
    detail_lines: list[int]
    date: str
    action: str
    symbol: str
    description: str
    quantity: str
    fee: str
    amount: str

    @property
    def kind(self) -> str:
        return " ".join(self.action.casefold().split())


Worths = dict[tuple[str, str, str], Decimal]


def _worths(records: Iterable[Record]) -> Worths:
    """What deposited shares were worth a piece, by ticker and day."""
    found = Worths()
    for record in records:
        for detail in record.details if record.kind == "deposit" else ():
            for day, worth in _WORTH:
                # A figure that cannot be read refuses the deposit itself.
                with suppress(ValueError):
                    value = _worth(detail, worth)
                    if value and detail.get(day):
                        found[record.symbol, day, detail[day]] = value
    return found


def _outcome(record: Record, deposited: Worths) -> Outcome:
    read = _READERS.get(record.kind)
    if read is None:
        raise RowError(f"the action “{record.action}” is not known; known are {_KNOWN}")
    return read(record, deposited)


def _deposit(record: Record, _deposited: Worths) -> Outcome:
    """Shares of a plan, at what they were worth, which is what payroll taxes as income."""
    quantity = _units(record.quantity, "Quantity")
    detail = record.details[0] if record.details else {}
    kept = _number(detail.get("NetSharesDeposited", ""))
    if kept is not None:
        parts = [
            kept,
            *(_number(detail.get(n, "")) or ZERO for n in ("SharesWithheld", "SharesSold")),
        ]
        if kept <= ZERO or sum(parts, ZERO) != quantity:
            raise RowError(f"of {quantity} shares the details account for {sum(parts, ZERO)}")
        quantity = kept
    day, price = record.date, _worth(detail, "PurchasePrice")
    for name, worth in _WORTH:
        day = detail.get(name) or day
        price = _worth(detail, worth) or price
    amount = EXACT.multiply(quantity, price) if price else None
    row = _row(record, Kind.TRANSFER_IN, amount, _held(record))
    return row._replace(when=_when(day), quantity=quantity, price=price)


def _sale(record: Record, deposited: Worths) -> Outcome:
    security, fee = _held(record), _number(record.fee) or ZERO
    lots = [(lot, _number(lot.get("Shares", "")) or ZERO) for lot in record.details]
    units = [EXACT.multiply(shares, _ratio(record, lot, deposited)) for lot, shares in lots]
    stated, told = _units(record.quantity, "Quantity"), sum((shares for _, shares in lots), ZERO)
    if told and abs(told - stated) >= 1:
        raise RowError(f"{stated} shares were sold, the lots have {told}")
    quantity = sum(units, ZERO) or stated
    gross = EXACT.add(_needed(record.amount, "Amount"), fee)
    if gross < ZERO:
        raise RowError(f"the amount {record.amount} does not fit “{record.action}”")
    prices = {_number(lot.get("SalePrice", "")) for lot, _ in lots}
    price = prices.pop() if len(prices) == 1 and quantity == told else None
    row = _row(record, Kind.SELL, gross, security)
    return row._replace(quantity=quantity, price=price or unit_price(gross, quantity), fee=fee)


def _ratio(record: Record, lot: Mapping[str, str], deposited: Worths) -> Decimal:
    """Units of today for one of the day of the sale, by what both say that the shares were worth."""
    for day, worth in _WORTH:
        then, now = _worth(lot, worth), deposited.get((record.symbol, day, lot.get(day, "")))
        if then and now:
            ratio = EXACT.divide(then, now)
            whole = ratio.to_integral_value()
            if whole > ONE and abs(ratio - whole) <= _TOLERANCE * whole:
                return whole
    return ONE


def _lapse(record: Record, _deposited: Worths) -> Outcome:
    return Ignored(
        record.line, "vest, whose shares arrive by a deposit here or in the brokerage account"
    )


def _money(kind: Kind, *, paid: bool) -> "_Reader":
    def read(record: Record, _deposited: Worths) -> Outcome:
        amount = _needed(record.amount, "Amount")
        return _row(record, kind, amount.copy_negate() if paid else amount, _named(record))

    return read


def _sent(record: Record, _deposited: Worths) -> Outcome:
    amount = _needed(record.amount, "Amount")
    return _row(record, Kind.WITHDRAWAL if amount < ZERO else Kind.DEPOSIT, abs(amount))


def _moved(record: Record, _deposited: Worths) -> Outcome:
    """Money or shares that go to another account."""
    quantity = _number(record.quantity)
    if not quantity:
        amount = _needed(record.amount, "Amount")
        return _row(record, Kind.TRANSFER_OUT if amount < ZERO else Kind.TRANSFER_IN, abs(amount))
    comes = " from " in f" {record.description.casefold()} " and record.kind != "gift"
    row = _row(record, Kind.TRANSFER_IN if comes else Kind.TRANSFER_OUT, None, _held(record))
    return row._replace(quantity=abs(quantity))


_Reader = Callable[[Record, Worths], Outcome]
_READERS: dict[str, _Reader] = {
    **{action: _money(kind, paid=False) for action, kind in words.SIGNED.items()},
    **{action: _money(kind, paid=True) for action, kind in _PAID.items()},
    **dict.fromkeys(_SENT, _sent),
    **dict.fromkeys(_MOVED, _moved),
    **dict.fromkeys(_SOLD, _sale),
    "deposit": _deposit,
    "lapse": _lapse,
}


def _row(
    record: Record, kind: Kind, amount: Decimal | None, security: Security | None = None
) -> ParsedTransaction:
    return ParsedTransaction(
        record.line,
        _when(record.date),
        kind,
        "USD",
        amount,
        security,
        has_time=False,
        description=f"{record.action} · {record.description}",
        merged_lines=tuple(record.detail_lines),
    )


def _named(record: Record) -> Security | None:
    return Security(record.symbol, "", "", AssetType.STOCK, "USD") if record.symbol else None


def _held(record: Record) -> Security:
    security = _named(record)
    if security is None:
        raise RowError("the column “Symbol” is empty")
    return security


@lru_cache(maxsize=4096)
def _when(text: str) -> datetime:
    found = _DAY.fullmatch(text.rpartition(" as of ")[2].strip())
    try:
        month, day, year = map(int, found.groups() if found else ())
        return datetime(year, month, day)  # noqa: DTZ001 - local, the zone is the account's
    except ValueError:
        raise RowError(f"“{text}” is not a date like 01/31/2024") from None


def _worth(detail: Mapping[str, str], name: str) -> Decimal | None:
    return _number(detail.get(name, ""))


def _units(text: str, column: str) -> Decimal:
    value = _needed(text, column)
    if value <= ZERO:
        raise RowError(f"the column “{column}” is not above zero")
    return value


def _needed(text: str, column: str) -> Decimal:
    value = _number(text)
    if value is None:
        raise RowError(f"the column “{column}” is empty")
    return value


def _number(text: str) -> Decimal | None:
    value = parse_number(text, ".")
    if value is not None and currency_in(text) not in {"", "USD"}:
        raise RowError(f"“{text}” is not in US dollars")
    return value


def only_vests(records: Sequence[Record]) -> bool:
    return bool(records) and all(record.kind == "lapse" for record in records)


def outcomes(records: Sequence[Record]) -> Iterator[tuple[Record, Outcome | RowError]]:
    """What each record became; an error is for the reader, who can show the record as it was."""
    deposited = _worths(records)
    for record in records:
        try:
            yield record, _outcome(record, deposited)
        except ValueError as error:
            yield record, RowError(str(error))
