"""The section Trades of an Interactive Brokers Flex statement.

The same trade may stand in it up to four times: as executions, as the order that they filled, as a
summary by symbol, and as the lots that it closed. Executions count; orders only where the query
left the executions out.

A cancellation is a record of its own: ``BUY (Ca.)`` or the type TradeCancel, with the figures of the
cancelled trade and their signs turned. It becomes the opposite trade, with an id that names the cancelled
one, whether or not that is in the file too: what was in an earlier export must fall to it as well.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from pricing.money import EXACT, ONE, ZERO, major_unit
from transactions.cancellations import cancelling_id
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected, RowError
from transactions.importers.ibkr_flex_statement import (
    DERIVATIVES,
    Moment,
    Statement,
    number,
    rejected,
)
from transactions.importers.xml_reader import Element
from transactions.kinds import Kind

SUMMARIES = {
    "AssetSummary": "sum of the trades of an asset class",
    "SymbolSummary": "sum of the trades of a symbol",
    "Lot": "lots that a trade closed, worked out anew from the trades",
    "WashSale": "wash sale note of a trade",
}
_LEVELS = {
    "ASSET_SUMMARY": SUMMARIES["AssetSummary"],
    "SYMBOL_SUMMARY": SUMMARIES["SymbolSummary"],
    "CLOSED_LOT": SUMMARIES["Lot"],
    "WASH_SALE": SUMMARIES["WashSale"],
}
PERCENT = Decimal("0.01")
# Their net cash is what was paid. That of a bond has accrued interest, that of a future no price.
_PAID = frozenset({"STK", "FUND", "OPT", "FOP", "WAR", "IOPT"})
_SIDES = ("BUY", "SELL", "BUY (Ca.)", "SELL (Ca.)")
_PAIR = re.compile(r"([A-Z]{3})\.([A-Z]{3})")


def parse_trades(
    statement: Statement, elements: list[Element], taxes: list[Element]
) -> Iterator[Outcome]:
    """The outcomes of the trades; takes those of ``taxes`` that became part of one out of the list."""
    executions = any(_level(element) == "EXECUTION" for element in elements)
    counted = [
        element
        for element in elements
        if _level(element) == "EXECUTION" or (not executions and _level(element) == "ORDER")
    ]
    originals = _originals(counted)
    counting = {id(element) for element in counted}
    for element in elements:
        if id(element) not in counting:
            yield _uncounted(element)
        else:
            try:
                yield from _trade(statement, element, taxes, originals)
            except RowError as error:
                yield rejected(element, str(error))


def _level(element: Element) -> str:
    if element.tag in SUMMARIES:
        return element.tag
    return element.values.get("levelOfDetail") or {"Order": "ORDER"}.get(element.tag, "EXECUTION")


def _uncounted(element: Element) -> Ignored | Rejected:
    level = _level(element)
    if level == "ORDER":
        return Ignored(element.line, "order whose executions are in the file")
    if level in SUMMARIES:
        return Ignored(element.line, SUMMARIES[level])
    if level in _LEVELS:
        return Ignored(element.line, _LEVELS[level])
    known = ", ".join(["EXECUTION", "ORDER", *_LEVELS])
    return rejected(element, f"the level of detail “{level}” is not known; known are {known}")


def _is_cancellation(element: Element) -> bool:
    kind = element.values.get("transactionType", "")
    return kind.endswith("Cancel") or element.values.get("buySell", "").endswith("(Ca.)")


def _originals(elements: list[Element]) -> dict[str, Element]:
    """The trades of the file by each of the ids that a cancellation may call them."""
    return {
        f"{name}:{element.values[name]}": element
        for element in elements
        if not _is_cancellation(element)
        for name in ("transactionID", "tradeID")
        if _is_id(element.values.get(name, ""))
    }


def _trade(
    statement: Statement, element: Element, taxes: list[Element], originals: Mapping[str, Element]
) -> Iterator[Outcome]:
    portfolio = statement.portfolio(element)
    if element.values.get("assetCategory") == "CASH":
        yield from _exchange(statement, element, portfolio)
        return
    currency, factor = statement.currency(element)
    kind = _kind(element)
    units, amount, price = _measures(element)
    fee, fee_currency, duty = _costs(element, currency, factor)
    security = statement.securities.required(element)
    when, has_time = _traded(statement, element)
    fx_rate = statement.fx_rate(element, currency)
    levied = [] if duty else _levied(element, taxes)
    for tax in levied:
        taxes.remove(tax)
        duty -= EXACT.multiply(number(tax, "taxAmount") or ZERO, factor)
    if kind is Kind.SELL and not fee_currency:
        # A tax on a sale reduces its proceeds as a fee does.
        fee, duty = fee + duty, ZERO
    yield ParsedTransaction(
        line=element.line,
        when=when,
        kind=kind,
        currency=currency,
        amount=EXACT.multiply(amount, factor),
        security=security,
        quantity=units,
        price=None if price is None else EXACT.multiply(price, factor),
        fee=fee,
        fee_currency=fee_currency,
        tax=duty,
        fx_rate=fx_rate,
        has_time=has_time,
        external_id=_event_id(element, originals),
        description=element.values.get("description", ""),
        merged_lines=tuple(tax.line for tax in levied),
        portfolio=portfolio,
    )


def _levied(element: Element, taxes: list[Element]) -> list[Element]:
    """The records of stamp duty and the like on one trade, which are part of what it cost."""
    trade, currency = element.values.get("tradeID"), element.values.get("currency")
    return [
        tax
        for tax in taxes
        if trade
        and trade == (tax.values.get("tradeID") or tax.values.get("tradeId"))
        and tax.values.get("currency") == currency
        and tax.values.get("taxAmount", "").startswith("-")
        and _is_number(tax)
    ]


def _is_number(tax: Element) -> bool:
    try:
        return number(tax, "taxAmount") is not None
    except RowError:
        return False


def _kind(element: Element) -> Kind:
    side = element.values.get("buySell", "")
    if not side or (_is_cancellation(element) and side in {"BUY", "SELL"}):
        # The attribute is optional as all are; the sign of the quantity says the same, and of a
        # cancellation more: its side may be that of the trade which it cancels.
        quantity = number(element, "quantity") or ZERO
        return Kind.SELL if quantity < 0 else Kind.BUY
    if side not in _SIDES:
        known = ", ".join(_SIDES)
        raise RowError(f"the side “{side}” is not known; known are {known}")
    bought = side.startswith("BUY") != side.endswith("(Ca.)")
    return Kind.BUY if bought else Kind.SELL


def _measures(element: Element) -> tuple[Decimal, Decimal, Decimal | None]:
    """Units, gross amount of money, and price per unit."""
    quantity = number(element, "quantity")
    if not quantity:
        raise RowError("the quantity is missing or zero")
    price = number(element, "tradePrice")
    units = abs(quantity)
    multiplier = number(element, "multiplier") or ONE
    amount = _stated_amount(element)
    if amount is None:
        if price is None:
            raise RowError("proceeds, tradeMoney, netCash and tradePrice are all missing")
        if element.values.get("assetCategory") in {"BOND", "BILL"}:
            price = EXACT.multiply(price, PERCENT)
        units = EXACT.multiply(units, multiplier)
        return units, EXACT.multiply(units, price), price
    amount = abs(amount)
    if not price:
        derivative = element.values.get("assetCategory") in DERIVATIVES
        return units * multiplier if derivative else units, amount, price
    if multiplier != ONE and not _near(units * price, amount):
        units *= multiplier
    elif not _near(units * price, amount) and _near(units * price * PERCENT, amount):
        # Bonds are quoted in percent of their face value.
        price = EXACT.multiply(price, PERCENT)
    return units, amount, price


def _near(value: Decimal, amount: Decimal) -> bool:
    return abs(value - amount) <= abs(amount) / 50


def _stated_amount(element: Element) -> Decimal | None:
    """The money of the trade before commission and taxes, with the sign of one of its fields."""
    proceeds = number(element, "proceeds")
    if proceeds is None:
        proceeds = number(element, "tradeMoney")
    net = _net_of_costs(element)
    if proceeds is None or (net and proceeds and element.values.get("assetCategory") in _PAID):
        # The cash wins: the commission of an exercise may be stated and yet not be charged.
        return proceeds if net is None else net
    return proceeds


def _net_of_costs(element: Element) -> Decimal | None:
    net = number(element, "netCash")
    if net is None:
        return None
    # In the trade's own currency; a commission in another one is not in the net cash.
    currency = element.values.get("currency")
    commission = number(element, "ibCommission") or ZERO
    if element.values.get("ibCommissionCurrency", currency) != currency:
        commission = ZERO
    return net - commission - (number(element, "taxes") or ZERO)


def _costs(element: Element, currency: str, factor: Decimal) -> tuple[Decimal, str, Decimal]:
    """Fee, its currency if it is not the trade's, and tax; IBKR writes what is paid with a minus."""
    fee = -(number(element, "ibCommission") or ZERO)
    duty = -(number(element, "taxes") or ZERO) * factor
    stated = element.values.get("ibCommissionCurrency") or element.values.get("currency", "")
    fee_currency, fee_factor = major_unit(stated)
    # Plus zero, because the negative of no commission is written -0.
    return fee * fee_factor + ZERO, "" if fee_currency == currency else fee_currency, duty + ZERO


def _traded(statement: Statement, element: Element) -> Moment:
    """The instant of the trade, on its trade date: a night session belongs to the day after."""
    values = element.values
    day, instant = values.get("tradeDate", ""), values.get("dateTime", "")
    if day and values.get("tradeTime"):
        return statement.dates.moment(f"{day};{values['tradeTime']}")
    if not day and not instant:
        return statement.booked(element)
    if not day:
        return statement.dates.moment(instant)
    traded = statement.dates.moment(day)
    if instant and not traded.has_time:
        exact = statement.dates.moment(instant)
        if exact.when.date() == traded.when.date():
            return exact
    return traded


def _external_id(element: Element) -> str:
    # The trade's own id first: most queries include it, and two exports must agree on the id.
    for name in ("tradeID", "transactionID", "ibExecID"):
        value = element.values.get(name, "")
        if _is_id(value):
            return value
    return ""


def _event_id(element: Element, originals: Mapping[str, Element]) -> str:
    if not _is_cancellation(element):
        return _external_id(element)
    values = element.values
    trade, booking = (values.get(name, "") for name in ("origTradeID", "origTransactionID"))
    original = originals.get(f"transactionID:{booking}") or originals.get(f"tradeID:{trade}")
    if original is not None:
        # By the id that it is stored with, whichever of its ids is named here.
        return cancelling_id(_external_id(element), _external_id(original))
    return cancelling_id(_external_id(element), next(filter(_is_id, (trade, booking)), ""))


def _is_id(value: str) -> bool:
    return value not in {"", "0", "N/A"}


def _exchange(statement: Statement, element: Element, portfolio: str) -> Iterator[Outcome]:
    """EUR.USD: the quantity is in the first currency, the proceeds in the second."""
    pair = _PAIR.fullmatch(element.values.get("symbol", ""))
    if not pair:
        raise RowError(
            f"“{element.values.get('symbol', '')}” is not a pair of currencies (EUR.USD)"
        )
    quantity, proceeds = number(element, "quantity"), _stated_amount(element)
    if proceeds is None and quantity is not None:
        proceeds = quantity * (number(element, "tradePrice") or ZERO)
    if not quantity or not proceeds:
        raise RowError("the quantity or the proceeds are missing or zero")
    first, second = (pair[1], abs(quantity)), (pair[2], abs(proceeds))
    given, taken = (second, first) if _kind(element) is Kind.BUY else (first, second)
    when, has_time = _traded(statement, element)
    fee, fee_currency, duty = _costs(element, given[0], ONE)
    external_id = _external_id(element)
    rate = statement.fx_rate(element, element.values.get("currency", ""))
    for kind, (currency, amount) in ((Kind.TRANSFER_OUT, given), (Kind.TRANSFER_IN, taken)):
        paying = kind is Kind.TRANSFER_OUT
        yield ParsedTransaction(
            line=element.line,
            when=when,
            kind=kind,
            currency=currency,
            amount=amount,
            fee=fee if paying else ZERO,
            fee_currency=fee_currency if paying and fee else "",
            tax=duty if paying else ZERO,
            fx_rate=rate if currency == element.values.get("currency") else None,
            has_time=has_time,
            external_id=external_id,
            group=f"exchange {external_id or element.line}",
            description=f"{pair[1]}.{pair[2]}",
            portfolio=portfolio,
        )
