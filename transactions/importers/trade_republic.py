"""Trade Republic: the official transaction export (“Transaktionsexport”) as CSV.

One header in two generations (with ``value_date``; 2026 without it and with ``mcc_code``), quoted with
commas or bare with semicolons. Times are UTC; midnight means that only the day is known. The
cash that moved is ``amount + fee + tax``, fee and tax negative when paid. Other accounts than DEFAULT
(children's accounts) are portfolios of their own.

Decisions: money to and from outside is a deposit or withdrawal by its sign, card payments and gifts
included. The cash of a redemption, a final maturity or an exercised warrant and the row that takes the
shares out are one sale. Rows that only correct a tax (Vorabpauschale, tax optimisation) are a tax.
Pairs of corporate actions are handled in ``trade_republic_actions``.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import ClassVar

from pricing.assets import AssetType
from pricing.money import ZERO, parse_number
from pricing.readers import Header, ImporterError, Source, has_columns, parse_instant
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
)
from transactions.importers.figures import RAW_LENGTH, positive, rejected, required
from transactions.importers.trade_republic_actions import EXCHANGES, REDEMPTIONS, Actions, Event
from transactions.kinds import CASH_SIGN, Kind

_is_header = has_columns("datetime", "category", "type", "symbol", "amount", "transaction_id")

_ASSETS = {
    "STOCK": AssetType.STOCK,
    "ETF": AssetType.ETF,
    "FUND": AssetType.FUND,
    "MUTUAL_FUND": AssetType.FUND,
    "PRIVATE_MARKET": AssetType.FUND,
    "PRIVATE_FUND": AssetType.FUND,
    "BOND": AssetType.BOND,
    "CRYPTO": AssetType.CRYPTO,
}

# Money in or out; which of the two, its sign says.
_MOVED = frozenset(
    {
        *("CUSTOMER_INPAYMENT", "CUSTOMER_INBOUND", "CUSTOMER_INPAYMENT_REVERSAL"),
        *("CUSTOMER_OUTBOUND", "CUSTOMER_OUTBOUND_REQUEST"),
        *("TRANSFER_INBOUND", "TRANSFER_INSTANT_INBOUND", "TRANSFER_DIRECT_DEBIT_INBOUND"),
        *("TRANSFER_OUTBOUND", "TRANSFER_INSTANT_OUTBOUND", "TRANSFER_IN", "TRANSFER_OUT"),
        *("VIBAN_TRANSFER_INBOUND", "VIBAN_TRANSFER_OUTBOUND", "GENERAL_INBOUND"),
        *("CARD_TRANSACTION", "CARD_TRANSACTION_INTERNATIONAL", "CARD_TRANSACTION_REFUND"),
        *("CARD_TRANSACTION_REFUND_REVERSAL", "PAYMENT", "MANUAL", "MANUAL_CASH_TRANSFER"),
        *("GIFT", "BENEFITS_SAVEBACK", "STOCKPERK", "REFERRAL", "BONUS", "KINDERGELD_BONUS"),
        *("PEA_MARKETING", "COMPENSATION", "ADDITIONAL_INCOME"),
    }
)
_INCOME = {
    "INTEREST_PAYMENT": Kind.INTEREST,
    "COUPON_PAYMENT": Kind.INTEREST,
    "BOND_ACCRUED_INTEREST": Kind.INTEREST,
    "SEC_ACCOUNT": Kind.INTEREST,
    "DIVIDEND": Kind.DIVIDEND,
    "DISTRIBUTION": Kind.DIVIDEND,
    "DIVIDEND_EQUIVALENT_PAYMENT": Kind.DIVIDEND,
    "LIQUIDATION_PROCEEDS": Kind.RETURN_OF_CAPITAL,
    "CAPITAL_INC_CASH": Kind.RETURN_OF_CAPITAL,
    "MERGER": Kind.RETURN_OF_CAPITAL,
}
# The whole row is a charge: what is in amount and what is in fee or tax belong together.
_CHARGES = {
    "TAX_OPTIMIZATION": Kind.TAX,
    "EARNINGS": Kind.TAX,
    "PRE_DETERMINED_TAX_BASE": Kind.TAX,
    "TAX": Kind.TAX,
    "FEE": Kind.FEE,
    "ROUND_UP_FEE": Kind.FEE,
    "ROUND_UP_SAVINGS_FEE": Kind.FEE,
    "CARD_ORDERING_FEE": Kind.FEE,
}
_TRADES = {
    "BUY": Kind.BUY,
    "SELL": Kind.SELL,
    "PRIVATE_MARKET_BUY": Kind.BUY,
    "PRIVATE_MARKET_SELL": Kind.SELL,
}
_DELIVERIES = {
    "FREE_RECEIPT": Kind.TRANSFER_IN,
    "FREE_DELIVERY": Kind.TRANSFER_OUT,
}
_KNOWN = ", ".join(
    sorted(
        {*_MOVED, *_INCOME, *_CHARGES, *_TRADES, *_DELIVERIES, *REDEMPTIONS, *EXCHANGES, "SPLIT"}
    )
)


class TradeRepublic(Importer):
    """The transaction export of the Trade Republic app."""

    format: ClassVar[str] = "trade-republic"
    broker: ClassVar[str] = "Trade Republic"
    tracks_cash: ClassVar[bool] = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_header)
        if header is None:
            raise ImporterError(
                "The header line of Trade Republic's transaction export is missing."
            )
        yield from _Rows(header).outcomes(source)


class _Rows:
    def __init__(self, header: Header) -> None:
        self.header = header
        self.width = len(header.cells)
        self.datetime = header.index("datetime")
        self.date = self._column("date")
        self.account = self._column("account_type")
        self.category = header.index("category")
        self.type = header.index("type")
        self.asset = self._column("asset_class")
        self.name = self._column("name")
        self.symbol = header.index("symbol")
        self.shares = self._column("shares")
        self.price = self._column("price")
        self.amount = header.index("amount")
        self.fee = self._column("fee")
        self.tax = self._column("tax")
        self.currency = self._column("currency")
        self.description = self._column("description")
        self.id = header.index("transaction_id")
        self.securities: dict[tuple[str, str, str, str], Security] = {}
        self.actions = Actions()
        self.readers = self._readers()

    def _column(self, name: str) -> int:
        """The column, or one past the end, which is always empty, where the file lacks it."""
        found = self.header.find(name)
        return self.width if found is None else found

    def outcomes(self, source: Source) -> Iterator[Outcome]:
        for line, cells in source.records(self.header):
            row = [*cells[: self.width], *[""] * (self.width + 1 - len(cells))]
            row.append("")
            try:
                outcome = self._outcome(line, row)
            except ValueError as error:
                yield rejected(line, error, cells, self.header.delimiter)
                continue
            if outcome is not None:
                yield outcome
        yield from self.actions.outcomes()

    def _readers(self) -> dict[str, Callable[[int, list[str]], Outcome | None]]:
        return {
            **{kind: partial(self._trade, _TRADES[kind]) for kind in _TRADES},
            **dict.fromkeys(_MOVED, self._moved),
            **{kind: partial(self._income, _INCOME[kind]) for kind in _INCOME},
            **{kind: partial(self._charge, _CHARGES[kind]) for kind in _CHARGES},
            **{kind: partial(self._delivery, _DELIVERIES[kind]) for kind in _DELIVERIES},
            **dict.fromkeys(REDEMPTIONS, self._redemption),
            "MIGRATION": self._action,
        }

    def _outcome(self, line: int, row: list[str]) -> Outcome | None:
        if row[self.category].strip().upper() == "CORPORATE_ACTION":
            return self._action(line, row)
        reader = self.readers.get(row[self.type].strip().upper())
        if reader is None:
            raise self._unknown(row)
        return reader(line, row)

    def _unknown(self, row: list[str]) -> RowError:
        category, kind = row[self.category].strip(), row[self.type].strip()
        return RowError(f"the type “{kind}” of “{category}” is not known; known are {_KNOWN}")

    def _when(self, row: list[str]) -> tuple[datetime, bool]:
        text = row[self.datetime].strip() or row[self.date].strip()
        when = parse_instant(text)
        if (when.hour, when.minute, when.second, when.microsecond) == (0, 0, 0, 0):
            return when.replace(tzinfo=None), False
        return when, True

    def _security(self, row: list[str]) -> Security | None:
        key = (row[self.symbol], row[self.name], row[self.asset], row[self.currency])
        if not key[0]:
            return None
        security = self.securities.get(key)
        if security is None:
            symbol, name, asset, currency = (part.strip() for part in key)
            kind = _ASSETS.get(asset.upper(), AssetType.OTHER)
            crypto = kind is AssetType.CRYPTO
            security = self.securities[key] = Security(
                symbol if crypto else "", "" if crypto else symbol, name, kind, currency
            )
        return security

    def _figures(self, row: list[str]) -> tuple[Decimal, Decimal, Decimal]:
        """Amount, fee and tax as they change the cash: negative is paid."""
        amount = parse_number(row[self.amount])
        fee = parse_number(row[self.fee]) or ZERO
        tax = parse_number(row[self.tax]) or ZERO
        if amount is None and not fee and not tax:
            raise RowError("the column “amount” is empty")
        return amount or ZERO, fee, tax

    def _parsed(
        self, line: int, row: list[str], kind: Kind, figures: tuple[Decimal, Decimal, Decimal]
    ) -> ParsedTransaction:
        when, has_time = self._when(row)
        amount, fee, tax = figures
        return ParsedTransaction(
            line,
            when,
            kind,
            self._currency(row),
            amount * CASH_SIGN[kind],
            fee=-fee,
            tax=-tax,
            has_time=has_time,
            external_id=row[self.id].strip(),
            description=row[self.description].strip(),
            portfolio=self._portfolio(row),
        )

    def _currency(self, row: list[str]) -> str:
        currency = row[self.currency].strip()
        if not currency:
            raise RowError("the column “currency” is empty")
        return currency

    def _portfolio(self, row: list[str]) -> str:
        account = row[self.account].strip()
        return "" if account.upper() == "DEFAULT" else account

    def _trade(self, kind: Kind, line: int, row: list[str]) -> ParsedTransaction:
        security = self._security(row)
        if security is None:
            raise RowError("the column “symbol” is empty")
        required(row[self.amount], "amount")
        return self._parsed(line, row, kind, self._figures(row))._replace(
            security=security,
            quantity=positive(row[self.shares], "shares"),
            price=parse_number(row[self.price]),
        )

    def _moved(self, line: int, row: list[str]) -> Outcome:
        figures = self._figures(row)
        if not any(figures):
            return Ignored(line, "a booking of 0.00")
        kind = Kind.DEPOSIT if figures[0] > ZERO else Kind.WITHDRAWAL
        return self._parsed(line, row, kind, figures)

    def _income(self, kind: Kind, line: int, row: list[str]) -> Outcome:
        figures = self._figures(row)
        if not figures[0]:
            # Only a tax on earlier income, paid or given back.
            return self._charge(Kind.TAX, line, row)
        return self._parsed(line, row, kind, figures)._replace(security=self._security(row))

    def _charge(self, kind: Kind, line: int, row: list[str]) -> Outcome:
        total = sum(self._figures(row), ZERO)
        if not total:
            return Ignored(line, "a booking of 0.00")
        parsed = self._parsed(line, row, kind, (total, ZERO, ZERO))
        return parsed._replace(security=self._security(row))

    def _delivery(self, kind: Kind, line: int, row: list[str]) -> ParsedTransaction:
        positive(row[self.shares], "shares")
        return self._event(line, row).delivery(kind)

    def _redemption(self, line: int, row: list[str]) -> None:
        self._currency(row)
        self.actions.paid(self._event(line, row))

    def _event(self, line: int, row: list[str]) -> Event:
        security = self._security(row)
        if security is None:
            raise RowError("the column “symbol” is empty")
        when, has_time = self._when(row)
        shares = parse_number(row[self.shares]) or ZERO
        amount, fee, tax = (parse_number(row[at]) for at in (self.amount, self.fee, self.tax))
        return Event(
            line=line,
            kind=row[self.type].strip().upper(),
            when=when,
            has_time=has_time,
            security=security,
            shares=shares,
            price=parse_number(row[self.price]) or None,
            # Rows without money may leave it blank; accounts are in EUR.
            currency=row[self.currency].strip() or "EUR",
            amount=amount,
            fee=-(fee or ZERO),
            tax=-(tax or ZERO),
            external_id=row[self.id].strip(),
            description=row[self.description].strip(),
            portfolio=self._portfolio(row),
            raw=self.header.delimiter.join(row[: self.width])[:RAW_LENGTH],
        )

    def _action(self, line: int, row: list[str]) -> Outcome | None:
        positive(row[self.shares], "shares")
        event = self._event(line, row)
        if event.kind == "SPLIT":
            return event.split(event.shares)
        if event.kind in REDEMPTIONS:
            self.actions.taken_out(event)
        elif event.kind in EXCHANGES:
            self.actions.exchanged(event)
        else:
            raise self._unknown(row)
        return None
