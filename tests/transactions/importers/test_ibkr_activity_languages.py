"""Interactive Brokers' Activity Statement in other languages than English."""

from collections import Counter
from decimal import Decimal

import pytest

from pricing.readers import ImporterError
from tests.transactions.importers.test_ibkr_activity_statement import fixture, parse, transactions
from transactions.importers import ibkr_activity_words as words
from transactions.importers.base import ParsedTransaction, Rejected
from transactions.importers.ibkr_activity_statement import IbkrActivityStatement
from transactions.kinds import Kind


def test_spanish_word_for_quantity_is_an_amount_among_bookings() -> None:
    [found] = transactions(
        "Statement,Header,Nombre del campo,Valor del campo",
        "Tarifas,Header,Subtitle,Divisa,Fecha,Descripción,Cantidad",
        "Tarifas,Data,Otras comisiones,EUR,2025-01-31,Custodian Safekeeping Fee EUR,-2.00",
        "Tarifas,Data,Total,,,,-2.00",
    )
    assert (found.kind, found.amount) == (Kind.FEE, Decimal(2))


def test_language_that_is_not_read_is_refused() -> None:
    with pytest.raises(
        ImporterError, match=r"“フィールド名”.*English, German.*Client Portal to English"
    ):
        parse("Statement,Header,フィールド名,フィールド値", "Statement,Data,Title,x")


def test_every_word_names_something_that_is_read() -> None:
    assert set(words.CASH_SECTIONS) & set(words.SECTIONS) == set()
    assert not set(words.UNREAD) & (set(words.SECTIONS) | set(words.CASH_SECTIONS) | words.CHARGES)


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        (
            "chinese.csv",
            "2 BUY, 1 SELL, 1 DIVIDEND, 1 TAX, 1 INTEREST, 1 FEE, 1 DEPOSIT, 1 WITHDRAWAL",
        ),
        (
            "russian.csv",
            "2 BUY, 2 SELL, 1 DIVIDEND, 1 TAX, 1 INTEREST, 1 FEE, 1 SPLIT, 1 TRANSFER_IN",
        ),
        (
            "spanish.csv",
            "1 BUY, 1 DIVIDEND, 1 TAX, 1 FEE, 1 DEPOSIT, 1 TRANSFER_IN, 1 TRANSFER_OUT",
        ),
    ],
)
def test_statements_of_other_languages_lose_nothing(name, counts):
    found = list(IbkrActivityStatement().parse(fixture(name)))
    assert not [one for one in found if isinstance(one, Rejected)]
    kinds = Counter(one.kind.value for one in found if isinstance(one, ParsedTransaction))
    for count, kind in (part.split() for part in counts.split(", ")):
        assert kinds[kind] == int(count), kind


def test_codes_of_a_chinese_line_stand_behind_its_symbol():
    found = {one.line: one for one in IbkrActivityStatement().parse(fixture("chinese.csv"))}
    assert found[20].security.ticker == "MO"
    assert found[20].security.isin == "US02209S1033"
    assert (found[42].kind.value, found[43].kind.value) == ("TRANSFER_OUT", "TRANSFER_IN")
