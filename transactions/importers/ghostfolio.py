"""Ghostfolio: activities as JSON (its own export) and as CSV (its import format).

Source: Ghostfolio's export of a portfolio, versions with ``activities`` and those of 2021 with
``orders``; and the CSV that Ghostfolio itself reads.

Quirks: there is no cash, so an activity's amount is quantity times unit price, exactly. A custom asset
(data source MANUAL) has a random symbol and its name in ``assetProfiles``; the CSV has the name as code,
so the name is the ticker in both. A day is written as midnight UTC, an instant as what it is. Drafts
with a date to come are kept. A BUY or SELL of nothing marks a draft or a watched asset and is ignored,
a LIABILITY is no event of an account. Prices in pence (GBp) become pounds.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pricing.assets import AssetType
from pricing.money import (
    EXACT,
    ZERO,
    DecimalMark,
    NumberError,
    decimal_mark,
    is_isin,
    major_unit,
    parse_number,
)
from pricing.readers import ImporterError, Source, cell, has_columns
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    Rejected,
    RowError,
    Security,
)
from transactions.importers.json_reader import Document, Item, read_document, text_of
from transactions.kinds import Kind

LISTS = ("activities", "orders")
COLUMNS = ("Date", "Code", "DataSource", "Currency", "Price", "Quantity", "Action", "Fee")
# Cells of this many records decide the decimal mark of a column.
SAMPLE = 200

_KINDS = {
    "BUY": Kind.BUY,
    "SELL": Kind.SELL,
    # A valuable, since 2024 a BUY of a custom asset.
    "ITEM": Kind.BUY,
    "DIVIDEND": Kind.DIVIDEND,
    "INTEREST": Kind.INTEREST,
    "FEE": Kind.FEE,
}
_ASSET_TYPES = {
    "ETF": AssetType.ETF,
    "STOCK": AssetType.STOCK,
    "EQUITY": AssetType.STOCK,
    "MUTUALFUND": AssetType.FUND,
    "BOND": AssetType.BOND,
    "FIXED_INCOME": AssetType.BOND,
    "CRYPTOCURRENCY": AssetType.CRYPTO,
    "PRECIOUS_METAL": AssetType.METAL,
    "CASH": AssetType.CASH,
}
_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


class _Activity(NamedTuple):
    """What both layouts say of one activity, still as text."""

    line: int
    kind: str
    date: str
    currency: str
    quantity: str
    price: str
    fee: str
    note: str
    security: Security
    custom: bool
    portfolio: str = ""
    identity: str = ""


class _Marks(NamedTuple):
    price: DecimalMark | None = "."
    quantity: DecimalMark | None = "."
    fee: DecimalMark | None = "."


def _outcome(activity: _Activity, marks: _Marks) -> Outcome:
    stated = activity.kind.strip().upper()
    if stated == "LIABILITY":
        return Ignored(activity.line, "liability, which is no event of an account")
    if stated not in _KINDS:
        known = ", ".join([*_KINDS, "LIABILITY"])
        raise RowError(f"the type “{activity.kind}” is not known; known are {known}")
    kind = _KINDS[stated]
    quantity = _number("quantity", activity.quantity, marks.quantity)
    price = _number("price", activity.price, marks.price)
    fee = _number("fee", activity.fee, marks.fee)
    currency, factor = _currency(activity.currency)
    price, fee = EXACT.multiply(price, factor), EXACT.multiply(fee, factor)
    if kind in {Kind.BUY, Kind.SELL}:
        if quantity == 0:
            return Ignored(activity.line, "draft or watched asset: zero units")
        if quantity < 0:
            raise RowError(f"the quantity {activity.quantity} is negative")
    amount = EXACT.multiply(quantity, price)
    if kind is Kind.FEE:
        # The fee is in its own field; old exports priced it like a purchase of one.
        amount, fee = (fee, ZERO) if fee else (amount, ZERO)
    when, has_time = _moment(activity.date)
    trade = kind in {Kind.BUY, Kind.SELL}
    return ParsedTransaction(
        line=activity.line,
        when=when,
        kind=kind,
        currency=currency,
        amount=amount,
        security=_security_of(activity, kind),
        quantity=quantity if trade else None,
        price=price if trade else None,
        fee=fee,
        has_time=has_time,
        external_id=activity.identity,
        description=_description(activity, kind),
        portfolio=activity.portfolio,
    )


def _security_of(activity: _Activity, kind: Kind) -> Security | None:
    # A custom "asset" that charges a fee or pays interest is only the label of the event.
    if kind in {Kind.FEE, Kind.INTEREST} and activity.custom:
        return None
    if not activity.security.ticker and not activity.security.isin:
        if kind in {Kind.FEE, Kind.INTEREST}:
            return None
        raise RowError("the symbol is missing")
    return activity.security


def _description(activity: _Activity, kind: Kind) -> str:
    if _security_of(activity, kind) is not None:
        return activity.note
    label = activity.security.name or activity.security.ticker
    return ": ".join(part for part in (label, activity.note) if part)


def _number(name: str, text: str, mark: DecimalMark | None) -> Decimal:
    try:
        value = parse_number(text, mark)
    except NumberError as error:
        raise RowError(f"{name}: {error}") from error
    if value is None:
        raise RowError(f"the {name} is missing")
    return value


def _currency(text: str) -> tuple[str, Decimal]:
    currency, factor = major_unit(text.strip())
    currency = currency.upper()
    if not re.fullmatch(r"[A-Z0-9]{3,12}", currency):
        raise RowError(f"“{text}” is not a currency")
    return currency, factor


def _moment(text: str) -> tuple[datetime, bool]:
    """A day, or an instant; midnight UTC is how Ghostfolio writes a day."""
    found = _DAY.fullmatch(text)
    iso = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else text
    try:
        when = datetime.fromisoformat(iso)
    except ValueError as error:
        raise RowError(f"“{text}” is not a date") from error
    midnight = (when.hour, when.minute, when.second, when.microsecond) == (0, 0, 0, 0)
    if midnight and not when.utcoffset():
        return when.replace(tzinfo=None), False
    return when, True


def _security(source: str, symbol: str, profile: dict[str, Any]) -> Security:
    """The instrument of a symbol; ``profile`` is what the export says about it, if anything."""
    name = text_of(profile, "name")
    isin = symbol if is_isin(symbol) else text_of(profile, "isin")
    asset_type = _ASSET_TYPES.get(text_of(profile, "assetSubClass")) or _ASSET_TYPES.get(
        text_of(profile, "assetClass"), AssetType.OTHER
    )
    if source == "COINGECKO":
        asset_type = AssetType.CRYPTO
    ticker = "" if is_isin(symbol) else symbol
    if source == "MANUAL" and name:
        ticker = name
    currency, _ = major_unit(text_of(profile, "currency"))
    return Security(ticker, isin if is_isin(isin) else "", name, asset_type, currency)


class GhostfolioJson(Importer):
    format = "ghostfolio-json"
    broker = "Ghostfolio"
    tracks_cash = False

    def recognises(self, source: Source) -> bool:
        data = source.data
        return source.head.lstrip("\ufeff \t\r\n").startswith("{") and (
            b'"activities"' in data or (b'"orders"' in data and b'"dataSource"' in data)
        )

    def parse(self, source: Source) -> Iterator[Outcome]:
        document = read_document(source.text(), *LISTS)
        portfolios = _portfolios(document)
        profiles = _profiles(document)
        securities: dict[tuple[str, str], Security] = {}
        for found in document.items:
            item = found._replace(line=source.note_record(found.line))
            try:
                activity = _from_json(item, portfolios, profiles, securities)
                yield _outcome(activity, _Marks())
            except RowError as error:
                yield Rejected(item.line, str(error), json.dumps(item.value)[:1000])

    def account_currency(self, source: Source) -> str:
        document = read_document(source.text(), *LISTS)
        used = _used_accounts(document)
        for account in _objects(document.members.get("accounts")):
            if [text_of(account, "id")] == used and text_of(account, "currency"):
                return text_of(account, "currency")
        user = document.members.get("user")
        settings = user.get("settings") if isinstance(user, dict) else None
        return text_of(settings, "currency") if isinstance(settings, dict) else ""


def _objects(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def _used_accounts(document: Document) -> list[str]:
    values = (item.value for item in document.items if isinstance(item.value, dict))
    return list(dict.fromkeys(id_ for value in values if (id_ := text_of(value, "accountId"))))


def _portfolios(document: Document) -> dict[str, str]:
    """The name of each account that is used; nothing when all is on one account."""
    used = _used_accounts(document)
    if len(used) <= 1:
        return {}
    names = {
        text_of(account, "id"): text_of(account, "name")
        for account in _objects(document.members.get("accounts"))
    }
    chosen = [names.get(id_) or id_ for id_ in used]
    return {
        id_: name if chosen.count(name) == 1 else f"{name} ({id_})"
        for id_, name in zip(used, chosen, strict=True)
    }


def _profiles(document: Document) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (text_of(profile, "dataSource"), text_of(profile, "symbol")): profile
        for profile in _objects(document.members.get("assetProfiles"))
    }


def _from_json(
    item: Item,
    portfolios: dict[str, str],
    profiles: dict[tuple[str, str], dict[str, Any]],
    securities: dict[tuple[str, str], Security],
) -> _Activity:
    value = item.value
    if not isinstance(value, dict):
        raise RowError("an activity is an object with type, date, symbol and so on")
    key = (text_of(value, "dataSource"), text_of(value, "symbol"))
    if key not in securities:
        securities[key] = _security(*key, profiles.get(key, {}))
    return _Activity(
        line=item.line,
        kind=text_of(value, "type"),
        date=text_of(value, "date"),
        currency=text_of(value, "currency"),
        quantity=text_of(value, "quantity"),
        price=text_of(value, "unitPrice"),
        fee=text_of(value, "fee") or "0",
        note=text_of(value, "comment"),
        security=securities[key],
        custom=key[0] == "MANUAL",
        portfolio=portfolios.get(text_of(value, "accountId"), ""),
        identity=text_of(value, "id"),
    )


class GhostfolioCsv(Importer):
    format = "ghostfolio-csv"
    broker = "Ghostfolio"
    tracks_cash = False

    def recognises(self, source: Source) -> bool:
        return source.find_header(has_columns(*COLUMNS)) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(has_columns(*COLUMNS))
        if header is None:
            raise ImporterError(
                f"The header line with the columns {', '.join(COLUMNS)} is missing."
            )
        columns = [header.index(name) for name in COLUMNS]
        note = header.find("Note")
        records = list(source.records(header))
        marks = _Marks(
            *(
                decimal_mark(cell(cells, header.index(name)) for _, cells in records[:SAMPLE])
                for name in ("Price", "Quantity", "Fee")
            )
        )
        securities: dict[tuple[str, str], Security] = {}
        for line, cells in records:
            texts = [cell(cells, column) for column in columns]
            try:
                activity = _from_cells(line, texts, cell(cells, note), securities)
                yield _outcome(activity, marks)
            except RowError as error:
                yield Rejected(line, str(error), header.delimiter.join(cells)[:1000])


def _from_cells(
    line: int, texts: list[str], note: str, securities: dict[tuple[str, str], Security]
) -> _Activity:
    date, code, source, currency, price, quantity, action, fee = texts
    key = (source.upper(), code)
    if key not in securities:
        securities[key] = _security(*key, {})
    return _Activity(
        line=line,
        kind=action,
        date=date,
        currency=currency,
        quantity=quantity,
        price=price,
        fee=fee or "0",
        note=note,
        security=securities[key],
        custom=key[0] == "MANUAL",
    )
