"""One statement of an Interactive Brokers Flex query: its account, dates, figures, instruments.

Which attributes an element carries is the user's choice when the query is set up, so every one of
them is optional, and what one section leaves out (an ISIN, a name) may stand in another.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import ONE, NumberError, is_isin, major_unit, parse_number
from transactions.importers.base import Rejected, RowError, Security
from transactions.importers.xml_reader import Element

# The attributes that are read; a trade has eighty, and a year of them would fill the memory.
WANTED = frozenset(
    {
        *("accountId", "currency", "fxRateToBase", "toCurrency", "type", "levelOfDetail"),
        *("assetCategory", "assetSubCategory", "subCategory", "symbol", "description", "conid"),
        *("securityID", "securityIDType", "isin", "multiplier", "code", "notes", "actionID"),
        *("tradeID", "tradeId", "transactionID", "ibExecID", "origTransactionID", "origTradeID"),
        *("transactionType", "buySell", "quantity", "tradePrice", "tradeMoney", "proceeds"),
        *("netCash", "taxes", "ibCommission", "ibCommissionCurrency", "amount"),
        *("dateTime", "tradeDate", "tradeTime", "reportDate", "settleDate", "date"),
        *("direction", "cashTransfer", "cost", "value", "salesTax", "taxableDescription"),
        *("taxAmount", "taxDescription", "position", "endingCash", "toDate"),
    }
)

# Rows of reports that say what is held at the end.
POSITION, BALANCE = "OpenPosition", "CashReportCurrency"
REPORTS = frozenset({POSITION, BALANCE})
# Elements that are no records, but tell the base currency, the names of instruments or what is held.
FACTS = REPORTS | {"FlexStatement", "AccountInformation", "ConversionRate", "SecurityInfo"}

MONTHS = 12

# Instruments quoted per unit of the underlying and traded in contracts.
DERIVATIVES = frozenset({"OPT", "FOP", "FSFOP", "FSOPT", "WAR", "IOPT", "FUT"})

_ASSET_TYPES = {
    "STK": AssetType.STOCK,
    "FUND": AssetType.FUND,
    "BOND": AssetType.BOND,
    "BILL": AssetType.BOND,
    "OPT": AssetType.OPTION,
    "FOP": AssetType.OPTION,
    "FSFOP": AssetType.OPTION,
    "FSOPT": AssetType.OPTION,
    "WAR": AssetType.OPTION,
    "IOPT": AssetType.OPTION,
    "CMDTY": AssetType.METAL,
    "CRYPTO": AssetType.CRYPTO,
}

# Zones that can stand behind a time; the times of a query that names none are the account's.
_ZONES = {"EST": -5, "EDT": -4, "UTC": 0, "GMT": 0, "CET": 1, "CEST": 2}
_MOMENT = re.compile(
    r"(?P<day>[\d/-]{8,10}|\d{1,2}-[A-Za-z]{3}-\d{2,4})"
    r"(?:[;,T ]\s*(?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d))?"
    r"(?:\s+(?P<zone>[A-Za-z/_]+))?"
)
_CURRENCY = re.compile(r"[A-Z]{3}")
# "ORCL(US68389X1054) CASH DIVIDEND …": the symbol and ISIN that a text is about.
_ABOUT = re.compile(r"\s*[^()]+?\s*\((?P<id>[A-Z0-9]{9,12})\)")
# "… (JMLP, NUVEEN A-C ENERGY MLP OPP FD, US67075E1082)": the instrument of a corporate action's row.
_OWN = re.compile(r"\((?P<symbol>[^(),]+), (?P<name>.+), (?P<id>[A-Z0-9]{9,12})\)\s*$")


class Moment(NamedTuple):
    when: datetime
    has_time: bool


def number(element: Element, name: str) -> Decimal | None:
    """The figure in an attribute, or None where the query leaves it out."""
    text = element.values.get(name)
    if not text:
        return None
    try:
        return parse_number(text, ".")
    except NumberError as error:
        raise RowError(f"{name}: {error}") from error


def rejected(element: Element, reason: str) -> Rejected:
    shown = " ".join(f'{name}="{value}"' for name, value in element.values.items())
    return Rejected(element.line, reason, f"<{element.tag} {shown}>"[:1000])


class DateStyle:
    """Reads the dates of one file; the query's author chose their style, once for the file."""

    def __init__(self, elements: Iterable[Element]) -> None:
        # None while the file has no date like 03/25/2024 or 25/03/2024 that tells the two apart.
        self.month_first: bool | None = None
        for element in elements:
            for name in ("tradeDate", "reportDate", "dateTime", "settleDate", "date"):
                text = element.values.get(name, "")
                if "/" in text and self._learn(text):
                    return

    def _learn(self, text: str) -> bool:
        first, second = (_above_twelve(part) for part in text.split("/")[:2])
        if first != second:
            self.month_first = second
        return first != second

    def moment(self, text: str) -> Moment:
        """A day or instant; naive unless a known zone follows. Raises RowError for anything else."""
        return _moment(text, self.month_first)


def _above_twelve(text: str) -> bool:
    return text.isdecimal() and int(text[:4]) > MONTHS


@lru_cache(maxsize=4096)
def _moment(text: str, month_first: bool | None) -> Moment:
    found = _MOMENT.fullmatch(text.strip())
    if not found:
        raise RowError(f"“{text}” is not a date")
    day = _day(found["day"], month_first)
    if found["hour"] is None:
        return Moment(day, has_time=False)
    try:
        when = day.replace(
            hour=int(found["hour"]), minute=int(found["minute"]), second=int(found["second"])
        )
    except ValueError as error:
        raise RowError(f"“{text}” is not a date") from error
    if found["zone"] in _ZONES:
        when = when.replace(tzinfo=timezone(timedelta(hours=_ZONES[found["zone"]])))
    return Moment(when, has_time=True)


def _day(text: str, month_first: bool | None) -> datetime:
    if "/" in text and month_first is None:
        raise RowError(
            f"“{text}” may be read month first or day first, and no other date of the file tells"
            " which; choose yyyyMMdd as the date format of the Flex query"
        )
    slashed = "%m/%d/" if month_first else "%d/%m/"
    for pattern in ("%Y%m%d", "%Y-%m-%d", f"{slashed}%Y", f"{slashed}%y", "%d-%b-%y", "%d-%b-%Y"):
        try:
            # Naive on purpose: IBKR gives local time without an offset.
            return datetime.strptime(text, pattern)  # noqa: DTZ007
        except ValueError:
            continue
    raise RowError(f"“{text}” is not a date")


class Securities:
    """The instruments of a file: one object each, put together from all sections that name it."""

    def __init__(self, elements: Iterable[Element]) -> None:
        self._keys: dict[str, str] = {}
        self._facts: dict[str, dict[str, str]] = {}
        self._isins: dict[str, list[str]] = {}
        self._built: dict[str, Security] = {}
        for element in sorted(elements, key=_trust):
            if element.values.get("assetCategory") != "CASH":
                self._learn(element)

    def of(self, element: Element) -> Security | None:
        """The instrument that an element is about, or None when it names none."""
        key = self._key(_identity(element))
        if key is None:
            return None
        if key not in self._built:
            found = _security(self._facts[key])
            others = [isin for isin in self._isins.get(key, ()) if isin != found.isin]
            self._built[key] = found._replace(other_isins=tuple(others))
        return self._built[key]

    def required(self, element: Element) -> Security:
        security = self.of(element)
        if security is None:
            raise RowError(
                "the record names no instrument: symbol, conid and ISIN are empty"
                " (a Flex query has to include “Symbol”)"
            )
        return security

    def _key(self, identity: dict[str, str]) -> str | None:
        # The broker's own contract number first: one ISIN has one for every exchange.
        for name in ("conid", "isin", "symbol"):
            if identity.get(name):
                return self._keys.get(f"{name}:{identity[name]}")
        return None

    def _learn(self, element: Element) -> None:
        identity = _identity(element)
        names = [f"{name}:{value}" for name, value in identity.items() if value]
        if not names:
            return
        key = self._key(identity) or names[0]
        for name in names:
            self._keys.setdefault(name, key)
        isins = self._isins.setdefault(key, [])
        # A contract keeps its number when its ISIN changes.
        if is_isin(identity["isin"]) and identity["isin"] not in isins:
            isins.append(identity["isin"])
        facts = self._facts.setdefault(key, {})
        for name, value in (identity | _facts(element)).items():
            if value:
                facts.setdefault(name, value)


# Elements whose description is the instrument's name, the most reliable first.
_NAMING = ("SecurityInfo", "Trade", "Order", "Transfer")


def _trust(element: Element) -> int:
    if element.tag in REPORTS:
        # What records say of their instruments never depends on whether a query has reports as well.
        return len(_NAMING) + 1
    return _NAMING.index(element.tag) if element.tag in _NAMING else len(_NAMING)


def _identity(element: Element) -> dict[str, str]:
    values = element.values
    isin = values.get("isin", "")
    if not isin and values.get("securityIDType") == "ISIN":
        isin = values.get("securityID", "")
    if not isin and not _is_derivative(element):
        # Old queries have no ISIN attribute, but their texts carry it.
        action = element.tag == "CorporateAction"
        named = (_OWN.search if action else _ABOUT.match)(values.get("description", ""))
        isin = named["id"] if named and is_isin(named["id"]) else ""
    return {"conid": values.get("conid", ""), "isin": isin, "symbol": values.get("symbol", "")}


def _is_derivative(element: Element) -> bool:
    return element.values.get("assetCategory", "") in DERIVATIVES


def _facts(element: Element) -> dict[str, str]:
    values = element.values
    name = values.get("description", "") if element.tag in _NAMING else ""
    own = _OWN.search(values.get("description", "")) if element.tag == "CorporateAction" else None
    return {
        "name": own["name"] if own else name,
        "currency": values.get("currency", ""),
        "category": values.get("assetCategory", ""),
        "part": values.get("assetSubCategory", "") or values.get("subCategory", ""),
    }


def _security(facts: dict[str, str]) -> Security:
    category = facts.get("category", "")
    ticker = facts.get("symbol", "").strip()
    if category in DERIVATIVES:
        # "ORCL  170915P00050000" is padded to the six places of the OCC's symbols.
        ticker = ticker.replace(" ", "")
    elif facts.get("currency") not in {"", "USD"}:
        ticker = _without_exchange(ticker, facts.get("currency", ""))
    asset_type = _ASSET_TYPES.get(category, AssetType.OTHER)
    if category == "STK" and facts.get("part") == "ETF":
        asset_type = AssetType.ETF
    currency, _ = major_unit(facts.get("currency", ""))
    isin = facts.get("isin", "")
    if not ticker and not isin:
        # A conid alone identifies it within IBKR only, but is better than losing the row.
        ticker = f"conid {facts['conid']}"
    return Security(ticker, isin, facts.get("name", ""), asset_type, currency)


def _without_exchange(ticker: str, currency: str) -> str:
    """BMW for BMWd and DBK for DBKEUR: IBKR marks some listings outside the USA in the symbol."""
    bare = ticker.rstrip("abcdefghijklmnopqrstuvwxyz")
    if bare == ticker and len(ticker) > len(currency) + 1:
        bare = ticker.removesuffix(currency)
    return bare if len(bare) > 1 else ticker


class Statement:
    """One FlexStatement: the elements of one account."""

    def __init__(self, element: Element) -> None:
        self.account = element.values.get("accountId", "")
        self.to_date = element.values.get("toDate", "")
        self.elements: list[Element] = []
        self.base = ""
        self.dates = DateStyle(())
        self.securities = Securities(())
        # The distinct accounts of the file in their order; the first is the main portfolio.
        self.accounts: list[str] = []
        self.rates_apply = True

    def find_base(self) -> str:
        """The base currency: stated, or that of a record whose rate to the base is exactly 1."""
        for element in self.elements:
            if element.tag == "AccountInformation" and element.values.get("currency"):
                return element.values["currency"]
        for element in self.elements:
            if element.tag == "ConversionRate" and element.values.get("toCurrency"):
                return element.values["toCurrency"]
        for element in self.rows():
            if element.values.get("fxRateToBase") == "1" and element.values.get("currency"):
                return element.values["currency"]
        return ""

    def rows(self) -> Iterator[Element]:
        """The records, in the order of the file."""
        return (element for element in self.elements if element.tag not in FACTS)

    def reports(self) -> Iterator[Element]:
        return (element for element in self.elements if element.tag in REPORTS)

    def portfolio(self, element: Element) -> str:
        account = self.account_of(element)
        return "" if account == self.accounts[0] else account

    def account_of(self, element: Element) -> str:
        # A statement is one account's; only a consolidated one ("U1,U2" or "-") leaves it to the rows.
        return self.account if self.account.isalnum() else element.values.get("accountId", "")

    def currency(self, element: Element) -> tuple[str, Decimal]:
        """The ISO currency of a record's money, and the factor its figures take."""
        code = element.values.get("currency", "")
        if not code:
            raise RowError("the currency is missing; include it in the Flex query")
        currency, factor = major_unit(code)
        if not _CURRENCY.fullmatch(currency):
            raise RowError(f"“{code}” is not a currency")
        return currency, factor

    def fx_rate(self, element: Element, currency: str) -> Decimal | None:
        """The record's own rate to the base currency; IBKR writes -1 where it has none."""
        if not self.rates_apply or not self.base or currency == self.base:
            return None
        rate = number(element, "fxRateToBase")
        if rate is None or rate <= 0:
            return None
        _, factor = major_unit(element.values.get("currency", ""))
        return rate if factor == ONE else rate / factor

    def booked(self, element: Element) -> Moment:
        """The day on which money or units were booked, which for a late correction is not its event's."""
        for name in ("reportDate", "settleDate", "dateTime", "date"):
            text = element.values.get(name)
            if text:
                when = self.dates.moment(text).when
                return Moment(datetime(when.year, when.month, when.day), has_time=False)  # noqa: DTZ001
        raise RowError("the date is missing; include it in the Flex query")


def accounts_of(statements: Sequence[Statement]) -> list[str]:
    """The accounts of a file, those with records first: the first one is the main portfolio.

    What is held by an account without records must not make another one the main portfolio.
    """
    recorded = [each.account_of(row) for each in statements for row in each.rows()]
    reported = [each.account_of(row) for each in statements for row in each.reports()]
    named = [account for account in reported if account not in {"", "-"}]
    return list(dict.fromkeys([*recorded, *named])) or [""]
