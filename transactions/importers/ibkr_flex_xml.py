"""Interactive Brokers: Activity Flex Query, exported as XML.

Source: Client Portal, Performance & Reports, Flex Queries. One FlexStatement an account; the sections
Trades, CashTransactions, CorporateActions, Transfers, SalesTaxes and TransactionTaxes carry events,
OpenPositions and CashReport say what is held at the end, the others are not read. All generations since
2013: with ``tradeDate`` and ``tradeTime`` or with ``dateTime``, dates in any of the styles that the query
offers, with or without ISIN, levels of detail and transaction ids.

Quirks: what a section contains is the user's choice, see ``ibkr_flex_statement``. One option contract
counts as the units of its multiplier, so that the price stays per unit. Expiry and assignment are
trades at price 0. Withholding tax is a record of its own, on its own day when it is corrected later,
and stays one here. Times are local without an offset. Purchases and sales of futures are kept with
their full value, though the broker books only the daily difference: the gain is right, the cash only
once they are closed. Accrued interest of bonds comes as cash transaction, not with the trade.

Refused as a whole: Trade Confirmation queries (they lack cash) and the error messages of the Flex
web service.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pricing.readers import ImporterError, Source
from transactions.importers.base import Ignored, Importer, Outcome, ParsedTransaction, Stated
from transactions.importers.ibkr_flex_actions import parse_actions
from transactions.importers.ibkr_flex_cash import parse_cash, parse_taxes
from transactions.importers.ibkr_flex_positions import is_counted, stated_of
from transactions.importers.ibkr_flex_statement import (
    FACTS,
    REPORTS,
    WANTED,
    DateStyle,
    Securities,
    Statement,
    accounts_of,
    rejected,
)
from transactions.importers.ibkr_flex_trades import SUMMARIES, parse_trades
from transactions.importers.ibkr_flex_transfers import parse_transfers
from transactions.importers.xml_reader import Element, read_elements

ROOT = "FlexQueryResponse"
_ROOTS = re.compile(r"<(?:FlexQueryResponse|FlexStatementResponse|FlexStatementOperationMessage)\b")

_TRADES = frozenset({"Trade", "Order", *SUMMARIES})
_TAXES = frozenset({"SalesTax", "TransactionTax", "TransactionTaxDetail"})
_TRANSFERS = frozenset({"Transfer", "TransferLot"})
_EVENTS = _TRADES | _TAXES | _TRANSFERS | {"CashTransaction", "CorporateAction"}
_SECTIONS = frozenset(
    {
        "Trades",
        "CashTransactions",
        "CorporateActions",
        "Transfers",
        "SalesTaxes",
        "TransactionTaxes",
    }
)
# Reports on the events and the account; they have no records of their own.
_REPORTS = frozenset(
    {
        *("AccountInformation", "CashReport", "ChangeInDividendAccruals", "ChangeInNAV"),
        *("ChangeInPositionValues", "ComplexPositions", "ConversionRates", "DepositsOnHold"),
        *("EquitySummaryInBase", "FIFOPerformanceSummaryInBase", "FdicInsuredDepositsByBank"),
        *("FxPositions", "HardToBorrowDetails", "IncentiveCouponAccrualDetails"),
        *("InterestAccruals", "MTDYTDPerformanceSummary", "MTMPerformanceSummaryInBase"),
        *("NetStockPositionSummary", "OpenDividendAccruals", "OpenPositions", "OptionEAE"),
        *("PendingExcercises", "PriorPeriodPositions", "SLBActivities", "SLBCollaterals"),
        *("SLBFees", "SLBOpenContracts", "SecuritiesInfo", "StmtFunds", "SymbolSummary"),
        *("TierInterestDetails", "UnbookedTrades", "UnbundledCommissionDetails"),
    }
)
# Events that no query of ours has shown yet: better refused by name than guessed or lost.
_UNREAD = {
    "CFDCharge": "charges on CFDs",
    "ClientFee": "client fees",
    "DebitCardActivity": "debit card payments",
    "StockGrantActivity": "grants of shares",
    "TradeTransfer": "trades transferred between brokers",
}


class IbkrFlexXml(Importer):
    format = "ibkr-flex-xml"
    broker = "Interactive Brokers"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        # The root may come late, behind a comment or a document type that is to be refused by name.
        return source.head.lstrip("\ufeff \t\r\n").startswith("<") and bool(
            _ROOTS.search(source.head)
        )

    def parse(self, source: Source) -> Iterator[Outcome]:
        statements = _statements(source)
        for statement in statements:
            statement.elements = [
                element
                if element.tag in FACTS
                else element._replace(line=source.note_record(element.line))
                for element in statement.elements
            ]
        return in_order(statements)

    def account_currency(self, source: Source) -> str:
        return _statements(source)[0].base


def in_order(statements: Iterable[Statement]) -> Iterator[Outcome]:
    """The outcomes of all records by day.

    The sections are no order in time; what follows from the order of rows of one day does.
    """
    statements = list(statements)
    found = [outcome for statement in statements for outcome in _outcomes(statement)]
    found += stated_of(statements)
    return iter(sorted(found, key=_day))


def _outcomes(statement: Statement) -> Iterator[Outcome]:
    groups: dict[str, list[Element]] = defaultdict(list)
    for element in statement.rows():
        groups[_group(element)].append(element)
    taxes = groups["taxes"]
    yield from parse_trades(statement, groups["trades"], taxes)
    yield from parse_cash(statement, groups["CashTransaction"])
    yield from parse_actions(statement, groups["CorporateAction"])
    yield from parse_transfers(statement, groups["transfers"])
    yield from parse_taxes(statement, taxes)
    for element in groups["FxTransaction"]:
        yield Ignored(element.line, "currency lots that follow from the other records")
    for element in groups["unread section"]:
        yield Ignored(element.line, f"section {element.parent}, which is not known to carry events")
    for element in groups["unread"]:
        yield rejected(element, f"{_UNREAD[element.tag]} are not supported yet")
    for element in groups["unknown"]:
        known = ", ".join(sorted(_EVENTS))
        yield rejected(element, f"the record “{element.tag}” is not known; known are {known}")


def _day(outcome: Outcome) -> datetime:
    """When a transaction happened by the clock of its place; records that became none go first."""
    if isinstance(outcome, ParsedTransaction | Stated) and outcome.when is not None:
        return outcome.when.replace(tzinfo=None)
    return datetime.min  # noqa: DTZ901


def _group(element: Element) -> str:
    if element.tag in _TRADES:
        return "trades"
    if element.tag in _TAXES:
        return "taxes"
    if element.tag in _TRANSFERS:
        return "transfers"
    if element.tag in _UNREAD:
        return "unread"
    if element.tag in _EVENTS or element.tag == "FxTransaction":
        return element.tag
    return "unknown" if element.parent in _SECTIONS else "unread section"


def _statements(source: Source) -> list[Statement]:
    statements: list[Statement] = []
    everything: list[Element] = []
    for element in _read(source):
        everything.append(element)
        if element.tag == "FlexStatement":
            statements.append(Statement(element))
        elif statements:
            statements[-1].elements.append(element)
        elif element.tag not in FACTS:
            raise ImporterError(
                f"Line {element.line}: <{element.tag}> stands outside a FlexStatement."
            )
    if not statements:
        raise ImporterError("The Flex query holds no statement (FlexStatement).")
    complete(statements, everything)
    return statements


def complete(statements: Sequence[Statement], everything: Sequence[Element]) -> None:
    """Tell the statements of a file what all of its elements say together."""
    dates, securities = DateStyle(everything), Securities(everything)
    accounts = accounts_of(statements)
    for statement in statements:
        statement.dates, statement.securities, statement.accounts = dates, securities, accounts
        statement.base = statement.find_base()
        # The account has one currency; rates to another base would be taken for rates to it.
        statement.rates_apply = statement.base == statements[0].base


def _read(source: Source) -> Iterator[Element]:
    """The elements that carry events or facts about them, with the attributes that are used."""
    if not re.search(rf"<{ROOT}\b", source.head):
        message = re.search(r"<ErrorMessage>([^<]*)", source.head)
        said = f": “{message[1].strip()}”" if message else ""
        raise ImporterError(f"This is a message of the Flex web service, not a statement{said}.")
    sections: set[str] = set()
    for element in read_elements(source.text(), ROOT):
        if element.tag == ROOT and element.values.get("type", "AF") == "TCF":
            raise ImporterError(
                "This is a Trade Confirmation Flex query; export an Activity Flex query instead."
            )
        if _is_read(element, sections):
            values = {k: v for k, v in element.values.items() if v and k in WANTED}
            yield element._replace(values=values)


def _is_read(element: Element, sections: set[str]) -> bool:
    """Whether an element is a record or a fact; ``sections`` gathers the names of the sections."""
    if element.parent == "FlexStatement":
        sections.add(element.tag)
    if element.tag in REPORTS:
        # Lots are many, and nothing is read from them.
        return is_counted(element)
    if element.tag in FACTS or element.parent in _SECTIONS:
        return True
    return element.parent in sections and element.parent not in _REPORTS
