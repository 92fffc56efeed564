"""DEGIRO's Portfolio.csv: a list of what is held, without a date and without transactions."""

from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers import recognise
from transactions.importers.base import Ignored, Rejected, Security, Stated
from transactions.importers.degiro_portfolio import DegiroPortfolio
from transactions.importers.degiro_transactions import DegiroTransactions

HEADER = "Product,Symbol/ISIN,Amount,Closing,Local value,,Value in EUR"


def parse(*rows: str):
    return list(DegiroPortfolio().parse(Source("x", "\n".join([HEADER, *rows]).encode())))


def stated(*rows: str) -> list[Stated]:
    return [one for one in parse(*rows) if isinstance(one, Stated)]


@pytest.mark.parametrize(
    ("header", "currency"),
    [
        (HEADER, "EUR"),
        ("Product,Symbool/ISIN,Aantal,Slotkoers,Lokale waarde,,Waarde in EUR", "EUR"),
        ("Produkt;Symbol/ISIN;Anzahl;Schlußkurs;Wert in Lokalwährung;;Wert in CHF", "CHF"),
        ("Produit,Ticker/ISIN,Quantité,Clôture,Devise,,Montant en EUR", "EUR"),
        ("Producto,Symbol/ISIN,Cantidad,Precio de,Valor local,,Valor en EUR", "EUR"),
        ("Prodotto,Simbolo/ISIN,Quantità,Chiusura,Valore locale,,Valore in EUR", "EUR"),
        ("Produkt,Symbol/ISIN,Množství,Uzavírací,Hodnota,,Hodnota", ""),
    ],
    ids=["en", "nl", "de", "fr", "es", "it", "cs"],
)
def test_header_is_known_by_its_shape_in_every_language(header: str, currency: str) -> None:
    source = Source("x", header.encode())
    assert isinstance(recognise(source), DegiroPortfolio)
    assert DegiroPortfolio().account_currency(source) == currency


@pytest.mark.parametrize(
    "header",
    [
        "Product,ISIN,Amount,Closing,Local value,,Value in EUR",
        "Product,Symbol/Name,Amount,Closing,Local value,,Value in EUR",
        "Product,Symbol/ISIN,Amount,Closing,Local value,Local,Value in EUR",
        "Product,Symbol/ISIN,Amount,Closing,,Local value,Value in EUR",
        "Product,Symbol/ISIN,Amount,Closing,Local value,Value in EUR",
    ],
)
def test_other_headers_are_not(header: str) -> None:
    source = Source("x", header.encode())
    assert not DegiroPortfolio().recognises(source)
    assert DegiroPortfolio().account_currency(source) == ""
    with pytest.raises(
        ImporterError, match=r"The header line of DEGIRO's Portfolio\.csv is missing"
    ):
        list(DegiroPortfolio().parse(source))


def test_positions_and_cash_are_stated_without_a_time() -> None:
    found = parse(
        'CASH & CASH FUND & FTX CASH (EUR),,,,EUR,"1.234,56","1234,56"',
        'ASML HOLDING,NL0010273215,"1.500","650,40",EUR,"975600,00","975600,00"',
        'CLOSED,US0378331005,0,"1,00",USD,"0,00","0,00"',
    )
    asml = Security(isin="NL0010273215", name="ASML HOLDING", currency="EUR")
    closed = Security(isin="US0378331005", name="CLOSED", currency="USD")
    assert found == [
        Ignored(2, "a balance of the list: compared on the reconcile page"),
        Ignored(3, "a position of the list: compared on the reconcile page"),
        Ignored(4, "a position of the list: compared on the reconcile page"),
        Stated(2, None, Decimal("1234.56"), "EUR", is_list=True),
        Stated(3, None, Decimal(1500), security=asml, is_list=True),
        Stated(4, None, Decimal(0), security=closed, is_list=True),
    ]


def test_an_instrument_is_named_as_in_the_transactions() -> None:
    header = (
        "Date,Time,Product,ISIN,Reference exchange,Venue,Quantity,Price,,Local value,,Value EUR,"
        "Exchange rate,AutoFX Fee,Transaction and/or third party fees EUR,Total EUR,Order ID,"
    )
    row = (
        '01-02-2026,09:30,VODAFONE,GB00BH4HKS39,LSE,LSE,10,"71,86",GBX,"-718,60",GBX,'
        '"-8,42",85,,,"-8,42",,a1'
    )
    (bought,) = DegiroTransactions().parse(Source("x", f"{header}\n{row}".encode()))
    (held,) = stated('VODAFONE,GB00BH4HKS39,10,"71,86",GBX,"718,60","8,42"')
    assert held.security == bought.security


def test_a_symbol_and_pence_are_understood() -> None:
    found = stated("TRACKER,XBTE,0.25,100.55,EUR,25.14,25.14", "CASH (GBX),,,,GBX,150.10,1.75")
    tracker = Security("XBTE", name="TRACKER", currency="EUR")
    assert found == [
        Stated(2, None, Decimal("0.25"), security=tracker, is_list=True),
        Stated(3, None, Decimal("1.5010"), "GBP", is_list=True),
    ]


def test_rows_that_make_no_sense_are_rejected_and_their_list_is_not_stated() -> None:
    source = golden.source_of(golden.DATA / "degiro-portfolio" / "french_broken.csv")
    found = list(DegiroPortfolio().parse(source))
    assert {one.line: one.reason for one in found if isinstance(one, Rejected)} == {
        3: "“” is not the currency of a balance",
        4: "“beaucoup” is not a number",
        5: "the ISIN is missing",
        6: "the column “amount” is empty",
    }
    assert not [one for one in found if isinstance(one, Stated)]

    # A position that is rejected says nothing against the cash.
    (cash,) = stated("CASH (EUR),,,,EUR,1.50,1.50", "ACME,,2,1.50,EUR,3.00,3.00")
    assert (cash.currency, cash.amount) == ("EUR", Decimal("1.50"))
