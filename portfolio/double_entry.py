"""The ledger of some accounts as double entry, in the text of beancount: see docs/exports.md."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q

from portfolio import beancount
from portfolio.beancount import FIRST_DAY, UNKNOWN, LotWriter, Names, Posting, Step, TracedBook
from portfolio.derived import Build, fresh_build
from portfolio.entries import UNIT_TYPES, LedgerLine, ledger_lines
from portfolio.transfers import Journey, Key, linked_positions
from pricing.closes import close_series
from pricing.models import ExchangeRate, Instrument
from pricing.money import EXACT, ZERO
from transactions.exports import CHUNK, Scope
from transactions.kinds import INCOME_IN_KIND, KIND_LABELS, Kind
from transactions.models import Account, Transaction, TransactionQuerySet

HEADER = """\
; Written by Portfolio. docs/exports.md says how the ledger is told here.
; Money has eight decimals, so that beancount tolerates no difference in any of them; in a split, which
; moves none, half of the last one.
option "inferred_tolerance_default" "*:0.000000005"
"""
TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})
# Fees and taxes of these are part of the cost of the lot.
CAPITALISED = frozenset({Kind.BUY, Kind.TRANSFER_IN, *INCOME_IN_KIND})
# Where the other side of money lies that is no trade: the root, and the name of the leg.
SIDES = {
    Kind.DIVIDEND: ("Income", "Dividends"),
    Kind.INTEREST: ("Income", "Interest"),
    Kind.FEE: ("Expenses", "Fees"),
    Kind.TAX: ("Expenses", "Taxes"),
    Kind.DEPOSIT: ("Equity", "Deposits"),
    Kind.WITHDRAWAL: ("Equity", "Deposits"),
    Kind.TRANSFER_IN: ("Equity", "Transfers"),
    Kind.TRANSFER_OUT: ("Equity", "Transfers"),
    Kind.STAKING: ("Income", "Staking"),
    Kind.AIRDROP: ("Income", "Airdrops"),
    Kind.MINING: ("Income", "Mining"),
    Kind.RETURN_OF_CAPITAL: ("Income", "Gains"),
}


def beancount_text(scope: Scope) -> Iterator[str]:
    """The whole file: positions one after another, then money, then names and prices.

    Beancount sorts by day; rows of one day keep their order, which matters within a position only.
    """
    return _File(scope).text()


@dataclass(slots=True)
class Legs:
    """The legs of one row, by account and currency; what they leave over is balanced by one more."""

    amounts: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def add(self, account: str, currency: str, amount: Decimal) -> None:
        key = (account, currency)
        self.amounts[key] = EXACT.add(self.amounts.get(key, ZERO), amount)

    def rest(self, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
        """What is missing to zero in each currency."""
        sums: dict[str, Decimal] = dict(weights)
        for (_, currency), amount in self.amounts.items():
            sums[currency] = EXACT.add(sums.get(currency, ZERO), amount)
        return {currency: -total for currency, total in sums.items() if total}


class _File:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.accounts = scope.named()
        self.components = Names(set())
        self.places = Names(set())
        commodities = {UNKNOWN}
        self.currencies, self.tickers = Names(commodities), Names(commodities)
        self.opened: dict[str, dict[str, str]] = {}
        self.last_day = FIRST_DAY
        self.first_day = date.max
        for account in scope.accounts:
            self.currency(account.currency)

    def text(self) -> Iterator[str]:
        yield HEADER
        yield f'option "title" {beancount.quoted(f"Portfolio of {self.scope.owner}")}\n'
        for currency in sorted({account.currency for account in self.scope.accounts}):
            yield f'option "operating_currency" "{self.currency(currency)}"\n'
        yield "\n"
        # Before any instrument of the same name.
        used = _rows(self.scope).order_by("currency").values_list("currency", flat=True)
        for currency in used.distinct():
            self.currency(currency)
        for account in self.scope.accounts:
            for build, lines in _builds(account, self.scope):
                yield from self._position(account, build, lines)
            yield from self._money_rows(account)
        yield from self._names()
        yield from self._prices()

    # ---- names ------------------------------------------------------------------------------------

    def currency(self, code: str) -> str:
        return self.currencies.take(code, beancount.as_commodity(code))

    def ticker(self, ticker: str) -> str:
        return self.tickers.take(ticker, beancount.as_commodity(ticker))

    def leg(self, root: str, account: Account, *parts: str, ticker: str = "") -> str:
        """The name of a beancount account, which is opened at the end of the file."""
        component = self.components.take(account.name, beancount.as_component(account.name))
        name = ":".join((root, component, *parts))
        self.opened.setdefault(name, {"account": account.name, "ticker": ticker})
        return name

    def of_ticker(self, root: str, account: Account, ticker: str, *parts: str) -> str:
        place = self.places.take(ticker, beancount.as_component(self.ticker(ticker)))
        return self.leg(root, account, *parts, place, ticker=ticker)

    def cash(self, account: Account) -> str:
        """Money of an account that records no deposits comes from outside and goes there."""
        if account.tracks_cash:
            return self.leg("Assets", account, "Cash")
        return self.leg("Equity", account, "Outside")

    # ---- rows -------------------------------------------------------------------------------------

    def _position(
        self, account: Account, build: Build, lines: Sequence[LedgerLine]
    ) -> Iterator[str]:
        book = build.book
        assert isinstance(book, TracedBook)
        zone = ZoneInfo(account.time_zone)
        ticker, currency = build.position.instrument_id, build.position.currency
        writer = LotWriter(
            self.of_ticker("Assets", account, ticker),
            self.ticker(ticker),
            self.currency(currency),
        )
        by_pk = {line.pk: line for line in lines}
        for step in book.steps:
            line = by_pk[step.entry.transaction]
            days = [(lot, lot.purchased_at.astimezone(zone).date()) for lot in step.lots]
            moved = writer.move(days)
            legs = self._legs_of(account, line, step, currency)
            yield from self._unit_row(account, line, step, moved, legs, currency)
        held = beancount.number(book.held())
        self._saw(lines[-1].day)
        yield beancount.directive(
            lines[-1].day + timedelta(days=1),
            f"balance {writer.account}  {held} ~ 0 {writer.commodity}",
        )
        yield "\n"

    def _unit_row(
        self,
        account: Account,
        line: LedgerLine,
        step: Step,
        moved: beancount.Moved,
        legs: Legs,
        currency: str,
    ) -> Iterator[str]:
        kind, day = Kind(line.type), line.day
        self._saw(day)
        units = f" {beancount.number(line.quantity)}" if line.quantity else ""
        told = f"{KIND_LABELS[kind]}{units} {line.ticker}"
        meta = {"row": str(line.pk), "type": kind.value}
        if moved.leaving_unknown:
            yield beancount.transaction(
                day, f"{told}, of unknown cost", meta, moved.leaving_unknown
            )
        rest = legs.rest({currency: moved.weight})
        balancing = self._balancing(account, kind, step, len(rest)) if rest else ""
        for missing, amount in rest.items():
            legs.add(balancing, missing, amount)
        postings = [*moved.known, *self._postings(legs)]
        if postings or not (moved.leaving_unknown or moved.coming_unknown):
            yield beancount.transaction(day, told, meta, postings)
        if moved.coming_unknown:
            yield beancount.transaction(day, f"{told}, at unknown cost", meta, moved.coming_unknown)

    def _balancing(self, account: Account, kind: Kind, step: Step, currencies: int) -> str:
        """The account of what the legs leave over: moved elsewhere, converted, or unknown."""
        if kind in TRANSFERS:
            return self._transfers()
        is_known = step.entry.value is not None and all(
            piece.gain is not None for piece in step.slices
        )
        is_conversion = is_known and currencies > 1
        return self.leg("Equity", account, "Conversions" if is_conversion else "Unknown")

    def _transfers(self) -> str:
        """One for all accounts, so that what leaves one and arrives in another adds up to nothing."""
        self.opened.setdefault("Equity:Transfers", {})
        return "Equity:Transfers"

    def _legs_of(self, account: Account, line: LedgerLine, step: Step, currency: str) -> Legs:
        """Everything about a row that moves units but the units themselves."""
        kind, legs = Kind(line.type), Legs()
        for payer, amount in _cash_effects(line).items():
            if amount:
                legs.add(self.cash(account), payer, amount)
        self._charge(account, line, step, legs)
        for piece in step.slices:
            if piece.gain:
                gains = self.of_ticker("Income", account, line.ticker, "Gains")
                legs.add(gains, currency, -piece.gain)
        if step.loose_gain:
            gains = self.of_ticker("Income", account, line.ticker, "Gains")
            legs.add(gains, currency, -step.loose_gain)
        if kind in INCOME_IN_KIND and line.amount:
            side = self._side(account, kind, line.ticker)
            legs.add(side, line.currency, -line.amount)
        elif kind is Kind.FEE and line.amount:
            legs.add(self.leg("Expenses", account, "Fees"), line.currency, line.amount)
        return legs

    def _charge(self, account: Account, line: LedgerLine, step: Step, legs: Legs) -> None:
        """Fee and tax where they are neither part of the cost nor taken off the proceeds."""
        kind = Kind(line.type)
        is_cost = kind in CAPITALISED and not step.entry.carried
        if line.tax and not is_cost:
            legs.add(self.leg("Expenses", account, "Taxes"), line.currency, line.tax)
        if line.fee and kind in {*TRANSFERS, Kind.SPLIT} and not is_cost:
            payer = line.fee_currency or line.currency
            legs.add(self.leg("Expenses", account, "Fees"), payer, line.fee)

    def _money_rows(self, account: Account) -> Iterator[str]:
        """Rows that move money only."""
        found = _rows(self.scope).filter(account=account).exclude(_MOVES_UNITS)
        for row in found.order_by("trade_date", "sequence", "pk").iterator(chunk_size=CHUNK):
            kind, legs = row.kind, Legs()
            self._saw(row.trade_date)
            for payer, amount in row.cash_effects().items():
                if amount:
                    legs.add(self.cash(account), payer, amount)
            if row.tax:
                legs.add(self.leg("Expenses", account, "Taxes"), row.currency, row.tax)
            if row.fee:
                payer = row.fee_currency or row.currency
                legs.add(self.leg("Expenses", account, "Fees"), payer, row.fee)
            for missing, amount in legs.rest({}).items():
                legs.add(self._side(account, kind, row.instrument_id), missing, amount)
            told = " ".join(filter(None, (KIND_LABELS[kind], row.instrument_id)))
            meta = {"row": str(row.pk), "type": kind.value, "description": row.raw_description}
            if row.total_amount is None:
                meta["amount"] = "unknown"
            meta = {key: value for key, value in meta.items() if value}
            yield beancount.transaction(row.trade_date, told, meta, self._postings(legs))

    def _side(self, account: Account, kind: Kind, ticker: str | None) -> str:
        root, name = SIDES[kind]
        if kind in TRANSFERS:
            return self._transfers()
        if root == "Income" and ticker:
            return self.of_ticker(root, account, ticker, name)
        return self.leg(root, account, name)

    def _postings(self, legs: Legs) -> list[Posting]:
        return [
            Posting(account, beancount.money(amount), self.currency(currency))
            for (account, currency), amount in legs.amounts.items()
            if amount
        ]

    def _saw(self, day: date) -> None:
        self.last_day, self.first_day = max(self.last_day, day), min(self.first_day, day)

    # ---- what the rows used -----------------------------------------------------------------------

    def _names(self) -> Iterator[str]:
        for name, meta in sorted(self.opened.items()):
            yield beancount.directive(FIRST_DAY, f"open {name}", meta)
        yield "\n"
        for code, given in sorted(self.currencies.of.items()):
            yield beancount.directive(FIRST_DAY, f"commodity {given}", {"currency": code})
        instruments = Instrument.objects.filter(ticker__in=list(self.tickers.of)).order_by("ticker")
        for one in instruments:
            meta = {"ticker": one.ticker, "name": one.name, "isin": one.isin}
            yield beancount.directive(FIRST_DAY, f"commodity {self.ticker(one.ticker)}", meta)
        yield beancount.directive(FIRST_DAY, f"commodity {UNKNOWN}", {"name": "Unknown cost"})
        yield "\n"

    def _prices(self) -> Iterator[str]:
        """Closing prices as they were on their days, and the rates of the currencies in use."""
        if self.first_day > self.last_day:
            return
        for ticker, given in sorted(self.tickers.of.items()):
            for close in close_series([ticker], self.first_day, self.last_day)[ticker]:
                # One that is adjusted is per unit of another day.
                if not close.adjusted_for_splits and close.currency in self.currencies.of:
                    price = beancount.number(close.price)
                    quote = self.currency(close.currency)
                    yield beancount.directive(close.day, f"price {given}  {price} {quote}")
        rates = ExchangeRate.objects.filter(
            currency__in=list(self.currencies.of), date__range=(self.first_day, self.last_day)
        ).order_by("date", "currency")
        if "EUR" in self.currencies.of:
            for rate in rates.iterator(chunk_size=CHUNK):
                value = beancount.number(rate.rate)
                yield beancount.directive(
                    rate.date, f"price EUR  {value} {self.currency(rate.currency)}"
                )


_MOVES_UNITS = Q(instrument__isnull=False) & (
    Q(transaction_type__in=UNIT_TYPES) | Q(transaction_type=Kind.FEE.value, quantity__isnull=False)
)


def _rows(scope: Scope) -> TransactionQuerySet:
    rows = Transaction.objects.filter(account__in=list(scope.accounts))
    return rows if scope.on is None else rows.filter(trade_date__lte=scope.on)


def _cash_effects(line: LedgerLine) -> dict[str, Decimal]:
    return Transaction(
        transaction_type=line.type,
        instrument_id=line.ticker,
        quantity=line.quantity,
        total_amount=line.amount,
        currency=line.currency,
        fee=line.fee,
        fee_currency=line.fee_currency,
        tax=line.tax,
    ).cash_effects()


def _builds(account: Account, scope: Scope) -> Iterator[tuple[Build, Sequence[LedgerLine]]]:
    """Every position of an account with what each of its rows did, and the rows.

    Positions that exchange lots are computed together, whichever accounts they are in.
    """
    tickers = sorted(
        set(
            _rows(scope)
            .filter(_MOVES_UNITS, account=account)
            .order_by()
            .values_list("instrument__ticker", flat=True)
        )
    )
    linked = linked_positions(account, tickers)
    accounts = Account.objects.filter(owner=account.owner_id).in_bulk()
    if linked:
        yield from _traced(account, accounts, linked, scope)
    for ticker in tickers:
        if (account.pk, ticker) not in linked:
            yield from _traced(account, accounts, {(account.pk, ticker)}, scope)


def _traced(
    account: Account, accounts: Mapping[int, Account], keys: set[Key], scope: Scope
) -> Iterator[tuple[Build, Sequence[LedgerLine]]]:
    builds: dict[Key, Build] = {}
    lines: dict[Key, list[LedgerLine]] = {}
    by_account: dict[int, list[str]] = defaultdict(list)
    for pk, ticker in sorted(keys):
        by_account[pk].append(ticker)
    for pk, tickers in by_account.items():
        for ticker, found in ledger_lines(pk, tickers, until=scope.on or date.max):
            builds[pk, ticker] = fresh_build(accounts[pk], ticker, found)
            builds[pk, ticker].book = TracedBook()
            lines[pk, ticker] = found
    Journey(builds, {key: deque(found) for key, found in lines.items()}).run()
    for (pk, ticker), build in builds.items():
        if pk == account.pk:
            yield build, lines[pk, ticker]
