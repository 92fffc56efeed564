"""What crypto exchanges have in common: amounts of coins or money that leave, arrive or are exchanged.

An exchange's statement says which amounts an event moved. What that is in the ledger is decided here,
for all of them alike: money for coins is a BUY or a SELL, coins for coins are a SELL and a BUY of one
group, money for money is a conversion. A fee in money is the fee of the trade. A fee in the coin that
was bought or sold is part of its quantity, so that it is in the cost or off the proceeds; a fee in a
third coin is a FEE in units of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.currencies import is_money
from pricing.money import EXACT, ONE, ZERO
from transactions.importers.base import ParsedTransaction, RowError, Security
from transactions.kinds import UNIT_SIGN, Kind

# The money that exchanges keep for their customers. Not all of ISO 4217: MNT, GEL, TOP, ERN and other codes
# are coins there.
_FIAT = """
EUR USD GBP CHF CAD AUD JPY NZD SGD HKD DKK NOK SEK ISK PLN CZK HUF RON BGN HRK TRY UAH RUB KZT
BRL ARS MXN COP CLP ZAR NGN KES GHS UGX VND IDR INR PHP THB MYR KRW TWD ILS AED SAR KWD BHD
"""
FIAT = frozenset(_FIAT.split())
ID_LENGTH = 100
MINUS_ONE = ONE.copy_negate()


class Leg(NamedTuple):
    """An amount that moved, without sign; ``value`` is its worth in the currency of the event."""

    amount: Decimal
    asset: str
    value: Decimal | None = None


class Event(NamedTuple):
    """What the transactions of one event share. ``currency`` is that of the values of its legs."""

    line: int
    when: datetime
    currency: str
    external_id: str = ""
    description: str = ""
    merged_lines: tuple[int, ...] = ()
    has_time: bool = True


def is_fiat(asset: str) -> bool:
    return asset in FIAT


def home_currency(assets: Iterable[str]) -> str:
    """The money that a file has most of; for rows that are in no money at all."""
    money = Counter(asset for asset in assets if asset in FIAT)
    return money.most_common(1)[0][0] if money else "EUR"


@lru_cache(maxsize=4096)
def utc_instant(text: str) -> datetime:
    """A date and time that is UTC whether the file says so or not; RowError names the text."""
    try:
        when = datetime.fromisoformat(text.removesuffix("UTC").strip())
    except ValueError:
        raise RowError(f"“{text}” is not a date") from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def fee_in_units(one: ParsedTransaction) -> ParsedTransaction:
    """A fee in the coin that moves is part of its quantity, here too; RowError if it takes all of it."""
    ticker = one.security.ticker.upper() if one.security else ""
    sign = UNIT_SIGN.get(one.kind, 0) if one.kind is not Kind.SPLIT else 0
    if not (ticker and one.fee and one.quantity and sign):
        return one
    if one.fee_currency != ticker or is_money(ticker):
        return one
    # What is bought or arrives is less by it, what is sold or leaves is more.
    quantity = EXACT.subtract(one.quantity, EXACT.multiply(one.fee, Decimal(sign)))
    if quantity <= 0:
        raise RowError(f"a fee of {one.fee} {ticker} leaves nothing of {one.quantity}")
    return one._replace(quantity=quantity, fee=ZERO, fee_currency="")


def summed(legs: Iterable[Leg]) -> list[Leg]:
    """One leg an asset, in the order of their first."""
    found: dict[str, Leg] = {}
    for leg in legs:
        known = found.get(leg.asset)
        found[leg.asset] = leg if known is None else _added(known, leg)
    return list(found.values())


def _added(one: Leg, other: Leg) -> Leg:
    value = None
    if one.value is not None and other.value is not None:
        value = EXACT.add(one.value, other.value)
    return Leg(EXACT.add(one.amount, other.amount), one.asset, value)


class Coins:
    """Makes the transactions of a file; its instruments are shared between them."""

    def __init__(self) -> None:
        self.securities: dict[str, Security] = {}

    def security(self, asset: str) -> Security:
        known = self.securities.get(asset)
        if known is None:
            if not asset:
                raise RowError("the name of the coin is missing")
            known = Security(ticker=asset, asset_type=AssetType.CRYPTO)
            self.securities[asset] = known
        return known

    def units(
        self, event: Event, kind: Kind, leg: Leg, amount: Decimal | None = None, currency: str = ""
    ) -> ParsedTransaction:
        """Coins that come or go, for an amount of money or for nobody knows what."""
        return ParsedTransaction(
            event.line,
            event.when,
            kind,
            currency or event.currency,
            amount,
            self.security(leg.asset),
            leg.amount,
            has_time=event.has_time,
            external_id=event.external_id,
            description=event.description,
            merged_lines=event.merged_lines,
        )

    def cash(self, event: Event, kind: Kind, leg: Leg) -> ParsedTransaction:
        """Money that comes or goes."""
        return ParsedTransaction(
            event.line,
            event.when,
            kind,
            leg.asset,
            leg.amount,
            has_time=event.has_time,
            external_id=event.external_id,
            description=event.description,
            merged_lines=event.merged_lines,
        )

    def moved(
        self, event: Event, leg: Leg, incoming: bool, fee: Leg | None = None
    ) -> list[ParsedTransaction]:
        """A deposit or withdrawal: of money, or of coins whose cost the file does not say."""
        if is_fiat(leg.asset):
            kind = Kind.DEPOSIT if incoming else Kind.WITHDRAWAL
            found = [self.cash(event, kind, leg)]
        else:
            kind = Kind.TRANSFER_IN if incoming else Kind.TRANSFER_OUT
            found = [self.units(event, kind, leg)]
        return self.charged(event, found, [fee] if fee else [])

    def income(self, event: Event, leg: Leg, kind: Kind = Kind.STAKING) -> ParsedTransaction:
        """A reward: coins at their value, if the file says it; money is interest."""
        if is_fiat(leg.asset):
            return self.cash(event, Kind.INTEREST, leg)
        return self.units(event, kind, leg, leg.value)

    def charge(self, event: Event, leg: Leg) -> ParsedTransaction:
        """A fee by itself, in money or in coins."""
        if is_fiat(leg.asset):
            return self.cash(event, Kind.FEE, leg)
        return self.units(event, Kind.FEE, leg, leg.value)

    def exchange(
        self, event: Event, out: Sequence[Leg], into: Sequence[Leg], fees: Sequence[Leg] = ()
    ) -> list[ParsedTransaction]:
        """The trade of what went out for what came in, one leg an asset.

        Several coins may be swapped for several, each at its own value. Several coins for one sum of
        money raise RowError where their values are not known, since nothing says what each cost.
        """
        out, rest = _with_fees(out, fees, ONE)
        into, rest = _with_fees(into, rest, MINUS_ONE)
        if len(out) == len(into) == 1:
            found = self._pair(event, out[0], into[0])
        else:
            found = self._several(event, out, into)
        return self.charged(event, found, rest)

    def for_nothing(
        self, event: Event, leg: Leg, nothing: str, *, incoming: bool
    ) -> ParsedTransaction:
        """The side of a trade that has an amount, where the other is 0 of ``nothing``.

        Programs round what is too small: coins went for nothing or came for nothing. Money that bought
        nothing is a fee, money that nothing was given for is income.
        """
        if is_fiat(leg.asset):
            return self.income(event, leg) if incoming else self.charge(event, leg)
        kind = Kind.BUY if incoming else Kind.SELL
        return self.units(event, kind, leg, ZERO, nothing if is_fiat(nothing) else "")

    def _pair(self, event: Event, out: Leg, into: Leg) -> list[ParsedTransaction]:
        paid, got = is_fiat(out.asset), is_fiat(into.asset)
        if paid and not got:
            return [self.units(event, Kind.BUY, into, out.amount, out.asset)]
        if got and not paid:
            return [self.units(event, Kind.SELL, out, into.amount, into.asset)]
        group = f"swap-{event.line}"
        if paid:
            return [
                self.cash(event, Kind.TRANSFER_OUT, out)._replace(group=group),
                self.cash(event, Kind.TRANSFER_IN, into)._replace(group=group),
            ]
        # Worth the same to whoever made the swap, so that one value says the other.
        value = into.value if out.value is None else out.value
        return [
            self.units(event, Kind.SELL, out, value)._replace(group=group),
            self.units(event, Kind.BUY, into, value)._replace(group=group),
        ]

    def _several(
        self, event: Event, out: Sequence[Leg], into: Sequence[Leg]
    ) -> list[ParsedTransaction]:
        legs = [*out, *into]
        if not out or not into:
            sides = " and ".join(f"{leg.amount} {leg.asset}" for leg in legs)
            raise RowError(
                f"the other side of the trade of {sides or 'nothing'} is not in the file"
            )
        if any(is_fiat(leg.asset) for leg in legs):
            names = ", ".join(sorted(leg.asset for leg in legs))
            raise RowError(f"of {names} the file does not say which was traded for which")
        group = f"swap-{event.line}"
        sold = [self.units(event, Kind.SELL, leg, leg.value) for leg in out]
        bought = [self.units(event, Kind.BUY, leg, leg.value) for leg in into]
        return [one._replace(group=group) for one in (*sold, *bought)]

    def charged(
        self, event: Event, found: list[ParsedTransaction], fees: Sequence[Leg]
    ) -> list[ParsedTransaction]:
        """The transactions with their fees: the first in money on the first of them, others apart."""
        for fee in fees:
            first = found[0]
            if is_fiat(fee.asset) and not first.fee:
                other = fee.asset if fee.asset != first.currency else ""
                found[0] = first._replace(fee=fee.amount, fee_currency=other)
            else:
                found.append(self.charge(event, fee))
        return found


def _with_fees(
    legs: Sequence[Leg], fees: Sequence[Leg], sign: Decimal
) -> tuple[Sequence[Leg], Sequence[Leg]]:
    """The coins with the fees that were paid in them put in, and the fees that are left."""
    if not fees or all(is_fiat(fee.asset) for fee in fees):
        return legs, fees
    rest = list(fees)
    joined: list[Leg] = []
    for leg in legs:
        amount = leg.amount
        for fee in fees:
            if fee.asset != leg.asset or is_fiat(leg.asset):
                continue
            with_fee = EXACT.fma(fee.amount, sign, amount)
            # A fee that eats up all that was bought leaves no purchase to be part of.
            if with_fee > 0 and fee in rest:
                amount = with_fee
                rest.remove(fee)
        joined.append(leg._replace(amount=amount))
    return joined, rest
