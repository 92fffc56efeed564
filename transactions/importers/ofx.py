"""OFX and QFX: statements of investment and bank accounts, versions 1.6 to 2.2 of the OFX specification.

Every aggregate of ``INVTRANLIST`` and every ``STMTTRN`` is one event, known by its ``FITID``. ``TOTAL`` is
the cash with all charges in it, negative when it leaves. Securities are named by CUSIP or ISIN; ``SECLIST``
has their tickers. Several accounts of one file are portfolios of their own, the first is the main one.

Quirks: times are mostly made up (midnight or noon), then only the day is known. A time without a zone is
GMT. Amounts are in the currency of ``CURRENCY`` where it stands, and beside ``ORIGCURRENCY`` in that of
the account. Fidelity books interest and fees of the cash as ``OTHER``; the memo says what they are.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import NamedTuple

from pricing.money import EXACT, ONE, ZERO, parse_number
from pricing.readers import ImporterError, Source
from transactions.cancellations import cancelling_id
from transactions.importers import ofx_reversals as reversals
from transactions.importers.base import (
    AccountFacts,
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    Rejected,
    RowError,
    Security,
)
from transactions.importers.figures import positive, required, unit_price
from transactions.importers.ofx_dates import moment
from transactions.importers.ofx_positions import stated_of
from transactions.importers.ofx_reader import Node, is_ofx, read_tree
from transactions.importers.ofx_securities import Securities
from transactions.kinds import CASH_SIGN, Kind

_INCOME = {
    "DIV": Kind.DIVIDEND,
    "INTEREST": Kind.INTEREST,
    # Gains that a fund pays out.
    "CGLONG": Kind.DIVIDEND,
    "CGSHORT": Kind.DIVIDEND,
    "MISC": Kind.DIVIDEND,
}
_PAYMENTS = {"INT": Kind.INTEREST, "DIV": Kind.DIVIDEND, "FEE": Kind.FEE, "SRVCHG": Kind.FEE}
_OF_ACCOUNT = frozenset({Kind.INTEREST, Kind.FEE})
_SAID = {"INTEREST": Kind.INTEREST, "DIVIDEND": Kind.DIVIDEND, "FEE": Kind.FEE}
_STATEMENTS = ("INVSTMTRS", "STMTRS", "CCSTMTRS")
_LIST_DATES = frozenset({"DTSTART", "DTEND"})


class _Event(NamedTuple):
    """One aggregate. ``trade`` is where its figures are: itself, or its INVBUY or INVSELL."""

    line: int
    node: Node
    trade: Node
    currency: str
    portfolio: str


class Ofx(Importer):
    format = "ofx"
    broker = "OFX statement"
    tracks_cash = True

    def recognises(self, source: Source) -> bool:
        return is_ofx(source.head)

    def parse(self, source: Source) -> Iterator[Outcome]:
        root = read_tree(source.text())
        statements = list(root.all(*_STATEMENTS))
        if not statements:
            raise ImporterError("The OFX file holds no statement of an account.")
        return _File(root, statements).outcomes(source)

    def account_currency(self, source: Source) -> str:
        found = re.search(r"<CURDEF>\s*([A-Za-z]{3})", source.head)
        return found[1].upper() if found else ""

    def depots(self, source: Source) -> Mapping[str, AccountFacts]:
        statements = list(read_tree(source.text()).all(*_STATEMENTS))
        main = _account(statements[0]) if statements else ""
        facts: dict[str, AccountFacts] = {}
        for statement in statements:
            account = _account(statement)
            stated = AccountFacts(statement.value("CURDEF").upper())
            facts.setdefault("" if account == main else account, stated)
        return facts


class _File:
    def __init__(self, root: Node, statements: list[Node]) -> None:
        self.statements = statements
        self.main = _account(statements[0])
        self.securities = Securities(root)
        self.bookings: dict[tuple[str, str], _Event] = {}

    def outcomes(self, source: Source) -> Iterator[Outcome]:
        for statement in self.statements:
            currency, account = statement.value("CURDEF").upper(), _account(statement)
            portfolio = "" if account == self.main else account
            self._find_bookings(statement, currency, portfolio)
            for node in _records(statement):
                line = source.note_record(node.line)
                try:
                    yield from self._outcomes(line, node, currency, portfolio)
                except ValueError as error:
                    id = next((found.text for found in node.all("FITID")), "without FITID")
                    yield Rejected(line, f"<{node.tag}> {id}: {error}")
            yield from stated_of(statement, self.securities, portfolio)

    def _find_bookings(self, statement: Node, currency: str, portfolio: str) -> None:
        """Bookings of cash by their ids, for those that correct them."""
        for node in _records(statement):
            booking = node if node.tag == "STMTTRN" else node.find("STMTTRN")
            if booking is not None:
                stated = booking.value("CURRENCY", "CURSYM").upper() or currency
                event = _Event(node.line, node, booking, stated, portfolio)
                self.bookings[portfolio, booking.value("FITID")] = event

    def _outcomes(self, line: int, node: Node, currency: str, portfolio: str) -> Iterable[Outcome]:
        trade = node.find("INVBUY") or node.find("INVSELL") or node
        stated = trade.value("CURRENCY", "CURSYM").upper() or currency
        if not stated:
            raise RowError("the currency is missing (CURDEF)")
        read = _READERS.get(node.tag)
        if read is None:
            raise RowError(f"the kind of event is not known; known are {', '.join(_READERS)}")
        found = list(read(self, _Event(line, node, trade, stated, portfolio)))
        reversals.check_signs(node, found)
        return found

    def security(self, event: _Event) -> Security:
        return self.securities.of(event.trade).security

    def shares(self, event: _Event) -> Decimal:
        """Shares of a contract, which the list of securities may leave to the record; else 1."""
        stated = parse_number(event.node.figure("SHPERCTRCT"))
        return stated or self.securities.of(event.trade).shares or ONE

    def parsed(self, event: _Event, kind: Kind, amount: Decimal | None) -> ParsedTransaction:
        """What came in or went out is told by the sign of ``amount``, as in the file."""
        transaction = event.trade.find("INVTRAN") or event.trade
        when, has_time = _when(transaction)
        rate = parse_number(event.trade.figure("CURRENCY", "CURRATE"))
        texts = (transaction.value("NAME"), transaction.value("MEMO"))
        sign = CASH_SIGN[kind] or 1
        return ParsedTransaction(
            event.line,
            when,
            kind,
            event.currency,
            None if amount is None else amount * sign or ZERO,
            fx_rate=rate if rate and rate != 1 else None,
            has_time=has_time,
            external_id=transaction.value("FITID"),
            description=" ".join(dict.fromkeys(filter(None, texts))),
            portfolio=event.portfolio,
        )

    def bought(self, event: _Event) -> Iterator[Outcome]:
        fee, tax = _sum(event.trade, "COMMISSION", "FEES", "LOAD"), _sum(event.trade, "TAXES")
        yield from self._traded(event, Kind.BUY, fee, tax)

    def sold(self, event: _Event) -> Iterator[Outcome]:
        # A tax on the sale itself reduces the proceeds; see ParsedTransaction.
        fee = _sum(event.trade, "COMMISSION", "FEES", "LOAD", "TAXES", "PENALTY")
        yield from self._traded(
            event, Kind.SELL, fee, _sum(event.trade, "WITHHOLDING", "STATEWITHHOLDING")
        )

    def _traded(
        self, event: _Event, kind: Kind, fee: Decimal, tax: Decimal
    ) -> Iterator[ParsedTransaction]:
        security = self.security(event)
        units = positive(event.trade.figure("UNITS"), "UNITS")
        quantity = EXACT.multiply(units, self.shares(event))
        total = required(event.trade.figure("TOTAL"), "TOTAL")
        accrued = _sum(event.node, "ACCRDINT")
        if kind is Kind.SELL:
            accrued = accrued.copy_negate()
        # Charges and accrued interest are off the total, whichever way the money goes.
        charges = EXACT.add(EXACT.add(fee, tax), accrued)
        gross = EXACT.add(total, charges)
        id = event.trade.value("INVTRAN", "FITID")
        if reversals.is_reversal(event.node, event.trade, kind, gross):
            # What was charged comes back as well; of a sale it is all fee, see ParsedTransaction.
            kind, fee, tax = reversals.turned(kind, fee, tax)
            gross, accrued = EXACT.subtract(total, charges), accrued.copy_negate()
            id = cancelling_id(id, reversals.named(event.node))
        found = self.parsed(event, kind, gross)
        yield found._replace(
            security=security,
            quantity=quantity,
            price=unit_price(gross.copy_abs(), quantity),
            fee=fee,
            tax=tax,
            external_id=id,
        )
        if accrued:
            paid = self.parsed(event, Kind.INTEREST, accrued.copy_negate())
            yield _second(paid, "accrued")._replace(security=security)

    def reinvested(self, event: _Event) -> Iterator[Outcome]:
        """Income that bought units of what paid it: both."""
        total = required(event.trade.figure("TOTAL"), "TOTAL").copy_abs()
        # Some brokers forget the minus of what it cost, so that the units tell whether it is taken back.
        if required(event.trade.figure("UNITS"), "UNITS") < 0:
            total = total.copy_negate()
        income = _second(self.parsed(event, _income_kind(event), total), "income")
        yield income._replace(security=self.security(event))
        fee, tax = _sum(event.trade, "COMMISSION", "FEES", "LOAD"), _sum(event.trade, "TAXES")
        node = event.node.with_text("TOTAL", f"{total.copy_negate():f}")
        yield from self._traded(event._replace(node=node, trade=node), Kind.BUY, fee, tax)

    def earned(self, event: _Event) -> Iterator[Outcome]:
        total = required(event.trade.figure("TOTAL"), "TOTAL")
        withheld = _sum(event.trade, "WITHHOLDING")
        if EXACT.add(total, withheld) < 0:
            # Taken back, with the tax.
            withheld = withheld.copy_negate()
        found = self.parsed(event, _income_kind(event), EXACT.add(total, withheld))
        yield found._replace(security=self._named(event, found.kind), tax=withheld)

    def returned(self, event: _Event) -> Iterator[Outcome]:
        yield self._of_security(event, Kind.RETURN_OF_CAPITAL)

    def spent(self, event: _Event) -> Iterator[Outcome]:
        yield self._of_security(event, Kind.FEE)

    def _of_security(self, event: _Event, kind: Kind) -> ParsedTransaction:
        found = self.parsed(event, kind, required(event.trade.figure("TOTAL"), "TOTAL"))
        return found._replace(security=self._named(event, kind))

    def _named(self, event: _Event, kind: Kind) -> Security | None:
        """What an amount is of; interest and fees may be of the account alone."""
        if kind in _OF_ACCOUNT and not event.trade.value("SECID", "UNIQUEID"):
            return None
        return self.security(event)

    def margin(self, event: _Event) -> Iterator[Outcome]:
        yield self.parsed(event, Kind.INTEREST, required(event.trade.figure("TOTAL"), "TOTAL"))

    def transferred(self, event: _Event) -> Iterator[Outcome]:
        security = self.security(event)
        units = required(event.trade.figure("UNITS"), "UNITS")
        action = event.trade.value("TFERACTION").upper() or ("IN" if units > 0 else "OUT")
        kind = {"IN": Kind.TRANSFER_IN, "OUT": Kind.TRANSFER_OUT}.get(action)
        if kind is None:
            raise RowError(f"the transfer “{action}” is neither IN nor OUT")
        if not units:
            # An annuity tells its new balance so.
            yield Ignored(event.line, "a transfer of no units")
            return
        quantity = EXACT.multiply(units.copy_abs(), self.shares(event))
        # Per unit; of an option nothing says whether that is a share or a contract.
        average = parse_number(event.trade.figure("AVGCOSTBASIS")) or ZERO
        is_cost = kind is Kind.TRANSFER_IN and average > 0 and self.shares(event) == ONE
        found = self.parsed(event, kind, EXACT.multiply(average, quantity) if is_cost else None)
        yield found._replace(security=security, quantity=quantity)

    def split(self, event: _Event) -> Iterator[Outcome]:
        security = self.security(event)
        old, new = (required(event.trade.figure(tag), tag) for tag in ("OLDUNITS", "NEWUNITS"))
        added = EXACT.multiply(EXACT.subtract(new, old), self.shares(event))
        found = self.parsed(event, Kind.SPLIT, None)
        yield found._replace(security=security, quantity=added)
        paid = _sum(event.trade, "FRACCASH")
        if paid:
            cash = _second(self.parsed(event, Kind.RETURN_OF_CAPITAL, paid), "fraction")
            yield cash._replace(security=security)

    def closed(self, event: _Event) -> Iterator[Outcome]:
        """An option that was exercised, assigned or expired is gone at 0; shares have rows of their own."""
        security = self.security(event)
        units = required(event.trade.figure("UNITS"), "UNITS")
        kind = Kind.BUY if units > 0 else Kind.SELL
        positive(event.trade.figure("UNITS"), "UNITS")
        quantity = EXACT.multiply(units.copy_abs(), self.shares(event))
        found = self.parsed(event, kind, ZERO)
        id = reversals.id_of(event.node, found.external_id)
        yield found._replace(security=security, quantity=quantity, price=ZERO, external_id=id)

    def journaled(self, event: _Event) -> Iterator[Outcome]:
        yield Ignored(event.line, "a move between the cash and the margin side of the account")

    def paid(self, event: _Event) -> Iterator[Outcome]:
        corrected = event.trade.value("CORRECTFITID")
        if not corrected:
            return self._booked(event)
        original = self.bookings.get((event.portfolio, corrected))
        before = None if original is None else self._booked(original)
        return reversals.corrected(event.line, event.trade, before, self._booked(event))

    def _booked(self, event: _Event) -> Iterator[Outcome]:
        amount = required(event.trade.figure("TRNAMT"), "TRNAMT")
        if not amount:
            yield Ignored(event.line, "a booking of 0.00")
            return
        kind = _PAYMENTS.get(event.trade.value("TRNTYPE").upper())
        if kind is None and event.node.tag == "INVBANKTRAN":
            words = set(event.trade.value("MEMO").upper().split())
            kind = next((kind for word, kind in _SAID.items() if word in words), None)
        if kind is None:
            kind = Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL
        yield self.parsed(event, kind, amount)

    def paid_to_broker(self, event: _Event) -> Iterator[Outcome]:
        statement = event.node.find("STMTTRN")
        if statement is None:
            raise RowError("the booking is missing (STMTTRN)")
        yield from self.paid(event._replace(trade=statement))


_Reader = Callable[[_File, _Event], Iterator[Outcome]]
_READERS: dict[str, _Reader] = {
    **dict.fromkeys(("BUYDEBT", "BUYMF", "BUYOPT", "BUYOTHER", "BUYSTOCK"), _File.bought),
    **dict.fromkeys(("SELLDEBT", "SELLMF", "SELLOPT", "SELLOTHER", "SELLSTOCK"), _File.sold),
    "REINVEST": _File.reinvested,
    "INCOME": _File.earned,
    "RETOFCAP": _File.returned,
    "INVEXPENSE": _File.spent,
    "MARGININTEREST": _File.margin,
    "TRANSFER": _File.transferred,
    "SPLIT": _File.split,
    "CLOSUREOPT": _File.closed,
    "JRNLFUND": _File.journaled,
    "JRNLSEC": _File.journaled,
    "INVBANKTRAN": _File.paid_to_broker,
    "STMTTRN": _File.paid,
}


def _account(statement: Node) -> str:
    return next((node.text for node in statement.all("ACCTID")), "")


def _records(statement: Node) -> Iterator[Node]:
    for transactions in statement.all("INVTRANLIST", "BANKTRANLIST"):
        yield from (node for node in transactions.children if node.tag not in _LIST_DATES)


def _sum(node: Node, *tags: str) -> Decimal:
    """Charges, positive when paid, whatever sign the broker gives them."""
    amounts = ((parse_number(node.figure(tag)) or ZERO).copy_abs() for tag in tags)
    return reduce(EXACT.add, amounts, ZERO)


def _income_kind(event: _Event) -> Kind:
    stated = event.trade.value("INCOMETYPE").upper()
    kind = _INCOME.get(stated)
    if kind is None:
        raise RowError(f"the income “{stated}” is not known; known are {', '.join(_INCOME)}")
    return kind


def _second(found: ParsedTransaction, part: str) -> ParsedTransaction:
    """Another event of one id."""
    return found._replace(external_id=f"{found.external_id}-{part}" if found.external_id else "")


def _when(node: Node) -> tuple[datetime, bool]:
    return moment(node.value("DTTRADE") or node.value("DTPOSTED"))
