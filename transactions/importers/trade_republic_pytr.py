"""Trade Republic: the CSV of the community program pytr, in any of its languages.

``Date;Type;Value;Note;ISIN;Shares[;Fees;Taxes]`` with translated names. Decimal comma and point both
occur in one file, when several runs were put together, so the mark is decided by row. The value is the
cash that moved, after fees and taxes; those are negative when paid. Everything is in EUR, there are no
ids, and times are local.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import ClassVar

from pricing.money import EXACT, ZERO, DecimalMark, decimal_mark
from pricing.readers import ImporterError, Source, parse_instant, without_blank_end
from transactions.importers.base import (
    Ignored,
    Importer,
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
)
from transactions.importers.degiro_words import fold
from transactions.importers.figures import number, positive, rejected, required, unit_price
from transactions.kinds import CASH_SIGN, Kind

_CURRENCY = "EUR"
_DATE, _TYPE, _VALUE, _NOTE, _ISIN, _SHARES, _FEES, _TAXES = range(8)
_SHORT, _LONG = 6, 8
_DATE_NAMES = frozenset({"date", "datum", "fecha", "data"})
_TYPE_NAMES = frozenset({"type", "typ", "transactietype", "tipo"})

# The words of pytr's translations nl, en, de, fr, es, it, pt, without accents.
_WORDS: dict[Kind, tuple[str, ...]] = {
    Kind.BUY: ("aankoop", "buy", "kauf", "achat", "compra", "comprar"),
    Kind.SELL: ("verkoop", "sell", "verkauf", "vente", "venta", "vendi", "vender", "venda"),
    Kind.DIVIDEND: ("dividend", "dividende", "dividendes", "dividendo", "dividendos"),
    Kind.INTEREST: (
        *("rentebaten", "rentelasten", "interest", "interest charge", "zinsen", "zinsbelastung"),
        *("interets", "frais d'interets", "intereses", "interessi", "interessi passivi", "juros"),
    ),
    Kind.DEPOSIT: ("storting", "deposit", "einlage", "depot", "deposito", "ingreso"),
    Kind.WITHDRAWAL: (
        *("onttrekking", "removal", "entnahme", "retrait", "retirada", "prelievo"),
        "levantamento",
    ),
    Kind.FEE: (
        *("kosten", "terugbetaling van kosten", "fees", "fees refund", "gebuhren"),
        *("gebuhrenerstattung", "frais", "remboursement de frais", "comisiones", "commissioni"),
        *("rimborso commissioni", "comissoes"),
    ),
    Kind.TAX: (
        *("belastingen", "terugbetaling van belastingen", "taxes", "tax refund", "steuern"),
        *("steuerruckerstattung", "impots / taxes", "remboursement impots / taxes", "impuestos"),
        *("devolucion de impuestos", "tasse", "rimborso tasse", "impostos"),
        "reembolso de impostos",
    ),
    Kind.TRANSFER_IN: (
        *("inkomende overboeking", "transfer (inbound)", "umbuchung (eingang)"),
        *("transfert (entrant)", "traspaso (entrada)", "trasferimento (in entrata)"),
        *("transferencia (entrada)", "spinoff"),
    ),
    Kind.TRANSFER_OUT: (
        *("uitgaande overboeking", "transfer (outbound)", "umbuchung (ausgang)"),
        *("transfert (sortant)", "traspaso (salida)", "trasferimento (in uscita)"),
        "transferencia (saida)",
    ),
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words}
_TRADES = frozenset({Kind.BUY, Kind.SELL})
_TRANSFERS = frozenset({Kind.TRANSFER_IN, Kind.TRANSFER_OUT})


class TradeRepublicPytr(Importer):
    """What pytr writes from a Trade Republic account."""

    format: ClassVar[str] = "trade-republic-pytr"
    broker: ClassVar[str] = "Trade Republic"
    tracks_cash: ClassVar[bool] = True

    def recognises(self, source: Source) -> bool:
        return source.find_header(_is_header) is not None

    def parse(self, source: Source) -> Iterator[Outcome]:
        header = source.find_header(_is_header)
        if header is None:
            raise ImporterError("The header line of pytr's transactions is missing.")
        records = list(source.records(header))
        securities: dict[tuple[str, str], Security] = {}
        mark_of = _marks([without_blank_end(cells) for _line, cells in records])
        for line, cells in records:
            row = without_blank_end(cells)
            row += [""] * (_LONG - len(row))
            try:
                yield _outcome(line, row, mark_of(row), securities)
            except ValueError as error:
                yield rejected(line, error, cells, header.delimiter)

    def account_currency(self, source: Source) -> str:
        return _CURRENCY


def _is_header(cells: list[str]) -> bool:
    names = without_blank_end(cells)
    return (
        len(names) in {_SHORT, _LONG}
        and names[_DATE].casefold() in _DATE_NAMES
        and names[_TYPE].casefold() in _TYPE_NAMES
        and names[_ISIN].casefold() == "isin"
        and all(names)
    )


def _numbers(row: list[str]) -> list[str]:
    return [row[column] for column in (_VALUE, *range(_SHARES, len(row)))]


def _marks(rows: list[list[str]]) -> Callable[[list[str]], DecimalMark | None]:
    """How a row writes decimals: its own cells tell, else the rows of its type, that is of its language."""
    cells: dict[str, list[str]] = {}
    for row in rows:
        if len(row) >= _SHORT:
            cells.setdefault(row[_TYPE], []).extend(_numbers(row))
    marks = {word: decimal_mark(numbers) for word, numbers in cells.items()}
    # Only where both signs occur does a row have to be asked.
    mixed = {word for word, numbers in cells.items() if _has_both("".join(numbers))}

    def mark_of(row: list[str]) -> DecimalMark | None:
        mark = marks.get(row[_TYPE])
        return (decimal_mark(_numbers(row)) or mark) if row[_TYPE] in mixed else mark

    return mark_of


def _has_both(text: str) -> bool:
    return "," in text and "." in text


def _outcome(
    line: int,
    row: list[str],
    mark: DecimalMark | None,
    securities: dict[tuple[str, str], Security],
) -> Outcome:
    kind = _KINDS.get(fold(row[_TYPE].strip()))
    if kind is None:
        known = ", ".join(sorted(kind.value for kind in _WORDS))
        raise RowError(f"the type “{row[_TYPE].strip()}” is not known; known are {known}")
    security = _security(row, securities)
    if kind in _TRANSFERS and security is not None:
        quantity = positive(row[_SHARES], "shares", mark)
        return _parsed(line, row, kind, None)._replace(security=security, quantity=quantity)
    value = required(row[_VALUE], "value", mark)
    fee = -(number(row[_FEES], mark) or ZERO)
    tax = -(number(row[_TAXES], mark) or ZERO)
    gross = EXACT.add(EXACT.add(value, fee), tax)
    if not (gross or fee or tax):
        return Ignored(line, "a booking of 0.00")
    amount = gross * CASH_SIGN[kind]
    parsed = _parsed(line, row, kind, amount)._replace(fee=fee, tax=tax, security=security)
    if kind not in _TRADES:
        return parsed
    if security is None:
        raise RowError("the ISIN is missing")
    quantity = positive(row[_SHARES], "shares", mark)
    return parsed._replace(quantity=quantity, price=unit_price(amount, quantity))


def _parsed(line: int, row: list[str], kind: Kind, amount: Decimal | None) -> ParsedTransaction:
    text = row[_DATE].strip()
    return ParsedTransaction(
        line,
        parse_instant(text),
        kind,
        _CURRENCY,
        amount,
        has_time="T" in text or ":" in text,
        description=row[_NOTE].strip(),
    )


def _security(row: list[str], securities: dict[tuple[str, str], Security]) -> Security | None:
    key = (row[_ISIN].strip(), row[_NOTE].strip())
    if not key[0]:
        return None
    if key not in securities:
        securities[key] = Security(isin=key[0], name=key[1], currency=_CURRENCY)
    return securities[key]
