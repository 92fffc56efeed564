"""What is guessed of tables in some languages, and that a wrong name is not believed against its cells."""

import pytest

from pricing.readers import Source
from transactions.importers import recognise
from transactions.importers.base import UnknownFormatError
from transactions.importers.free_dates import DateOrder
from transactions.importers.guessing import find_table, guess, possible_headers
from transactions.importers.layouts import Layout, Role

TRADES = {
    "french": """Date d'opération;Sens;Libellé;Code ISIN;Quantité;Cours;Frais;Montant net;Devise
02/01/2024;Achat;AIR LIQUIDE;FR0000120073;5;170,50;1,99;-854,49;EUR
""",
    "italian": """Data;Operazione;Titolo;ISIN;Quantità;Prezzo;Commissioni;Controvalore;Divisa
15/01/2024;Acquisto;ENEL;IT0003128367;100;6,50;5,00;655,00;EUR
""",
    "swedish": """Affärsdag;Typ av transaktion;Värdepapper;ISIN;Antal;Kurs;Courtage;Belopp;Valuta
15/01/2024;Köp;VOLVO B;SE0000115446;10;250,10;39,00;-2540,00;SEK
""",
    "dutch": """Datum;Soort;Naam;ISIN;Aantal;Koers;Kosten;Bedrag;Valuta
15-01-2024;Aankoop;ASML;NL0010273215;2;650,00;2,50;-1.302,50;EUR
""",
    "spanish": """Fecha;Tipo;Valor;ISIN;Títulos;Precio;Comisión;Importe;Divisa
15/01/2024;Compra;IBERDROLA;ES0144580Y14;100;11,00;3,00;1.103,00;EUR
""",
    "german": """Handelsdatum;Umsatzart;Wertpapier;Kennung;Nominal;Kurs;Entgelt;Ausmachender Betrag;Währung
15.01.2024;Kauf;SAP;DE0007164600;10;150,00;9,90;-1509,90;EUR
""",
    "english": """Trade Date,Side,Security,ISIN,Filled qty.,Price per share (GBP),Dealing fees,Total cost,Ccy
15/01/2024,Buy,Vodafone,GB00BH4HKS39,100,0.70,5.00,-75.00,GBP
""",
}
IN_ORDER = (
    *(Role.DATE, Role.TYPE, Role.NAME, Role.ISIN, Role.QUANTITY, Role.PRICE),
    *(Role.FEE, Role.AMOUNT, Role.CURRENCY),
)


def guessed(text: str) -> Layout:
    table = find_table(Source("x.csv", text.encode()))
    assert table is not None
    return guess(table)


def names(text: str) -> dict[str, str]:
    found = guessed(text)
    return {role.value: found.header[place] for role, place in found.columns.items()}


@pytest.mark.parametrize("language", TRADES)
def test_columns_are_known_in_seven_languages(language):
    found = guessed(TRADES[language])
    assert found.columns == {role: place for place, role in enumerate(IN_ORDER)}
    assert list(found.kinds.values()) == ["BUY"]
    assert found.dates is DateOrder.DAY_FIRST
    assert found.decimal == ("." if language == "english" else ",")
    # Each amount is quantity times price and the fee.
    assert found.has_fees


def test_amounts_without_the_fee_are_told_from_those_with_it():
    header = "Date,Type,Symbol,Quantity,Price,Fee,Amount,Currency\n"
    assert not guessed(header + "2024-01-02,Buy,AAA,10,100,1,1000,USD\n").has_fees
    assert guessed(header + "2024-01-02,Buy,AAA,10,100,1,1001,USD\n").has_fees
    assert guessed(header + "2024-01-02,Sell,AAA,10,100,1,999,USD\n").has_fees
    assert not guessed(header + "2024-01-02,Buy,AAA,10,100,0,1001,USD\n").has_fees
    rounded = "2024-01-02,Buy,AAA,3,33.333,5,104.99,USD\n2024-01-02,Fee,,,,5,,USD\n"
    assert guessed(header + rounded).has_fees


def test_a_tax_counts_as_a_charge():
    text = "Date,Type,Symbol,Quantity,Price,Stamp duty,Amount\n2024-01-02,Buy,AAA,10,100,5,1005\n"
    assert guessed(text).has_fees


def test_a_name_is_not_believed_against_its_cells():
    # “time” holds whole instants, and “Valuta” is a day in German and a currency in Dutch.
    assert names("time,type,price,quantity\n2024-01-02T10:00:00Z,buy,5,1\n")["date"] == "time"
    german = "Buchungstag;Valuta;Art;Betrag\n02.01.2024;04.01.2024;Kauf;5\n"
    assert names(german) == {"date": "Buchungstag", "type": "Art", "amount": "Betrag"}
    dutch = "Datum;Valuta;Soort;Bedrag\n02-01-2024;EUR;Koop;5\n"
    assert names(dutch)["currency"] == "Valuta"


def test_an_amount_of_coins_is_a_quantity_where_the_money_is_beside_it():
    text = """time,side,market,amount,price,fee,total
2024-01-02T10:00:00Z,buy,BTC,0.5,40000,10,20010
2024-01-03T10:00:00Z,sell,BTC,0.25,41000,5,10245
"""
    assert names(text) == {
        "date": "time", "type": "side", "ticker": "market", "quantity": "amount", "price": "price",
        "fee": "fee", "amount": "total",
    }  # fmt: skip


def test_columns_of_unknown_names_are_known_by_their_cells():
    text = """Notice to customers;of all;our branches
Kiedy;Co;Papier;Ile;Po;Razem;Pieniądz
02.01.2024;buy;DE0007164600;10;15,50;155,00;PLN
13.01.2024;sell;DE0007164600;4;16,25;65,00;PLN
"""
    found = guessed(text)
    assert names(text) == {
        "date": "Kiedy", "type": "Co", "isin": "Papier", "currency": "Pieniądz", "quantity": "Ile",
        "price": "Po", "amount": "Razem",
    }  # fmt: skip
    assert (found.decimal, found.dates) == (",", DateOrder.DAY_FIRST)


def test_a_total_below_the_table_does_not_hide_its_columns():
    rows = "".join(f"{day:02}/01/2024,Buy,AAA,1,5,5,EUR\n" for day in range(10, 20))
    text = f"Date,Type,Symbol,Shares,Price,Amount,Currency\n{rows}Total,,,n/a rows,,,\n"
    assert len(names(text)) == 7


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (["01/02/2024", "03/02/2024", "02/03/2024"], DateOrder.DAY_FIRST),
        (["01/02/2024", "02/01/2024", "03/01/2024"], DateOrder.MONTH_FIRST),
        (["02/01/2024", "01/05/2024", "01/02/2024"], DateOrder.MONTH_FIRST),
        (["01/02/2024", "13/02/2024"], DateOrder.DAY_FIRST),
        (["01/13/2024", "01/02/2024"], DateOrder.MONTH_FIRST),
        (["2024-01-13"], DateOrder.YEAR_FIRST),
        (["05/05/2024"], DateOrder.DAY_FIRST),
    ],
)
def test_the_order_of_dates_is_one_in_which_they_make_sense_and_are_sorted(days, order):
    text = "Date,Type,Amount\n" + "".join(f"{day},Fee,1\n" for day in days)
    assert guessed(text).dates is order


def test_a_currency_in_names_or_cells_is_that_of_the_rows():
    assert guessed("Date,Type,Amount\n2024-01-02,Fee,£1.00\n").currency == "GBP"
    assert guessed("Date,Type,Amount (CHF)\n2024-01-02,Fee,1.00\n").currency == "CHF"
    assert guessed("Date,Type,Amount\n2024-01-02,Fee,1.00\n").currency == ""
    assert guessed("Date,Type,Amount\n2024-01-02,Fee,£1\n2024-01-02,Fee,$1\n").currency == ""


def test_one_letter_tells_the_side():
    text = "Date,Buy/Sell,Symbol,Qty,Price\n2024-01-02,B,AAA,1,5\n2024-01-02,S,AAA,1,5\n"
    assert guessed(text).kinds == {"b": "BUY", "s": "SELL"}


def test_words_far_below_are_found_and_the_blank_one_too():
    rows = "2024-01-02,Buy,5\n" * 500 + "2024-01-02,Oddity,5\n2024-01-02,,5\n"
    table = find_table(Source("x", f"Date,Type,Amount\n{rows}".encode()))
    assert table is not None
    assert table.words({Role.TYPE: 1}) == ["buy", "oddity", ""]


def test_broken_quoting_far_below_hides_only_the_words_behind_it():
    rows = "2024-01-02,Buy,5\n" * 500 + '2024-01-02,Fee,"' + "x" * 140_000
    table = find_table(Source("x", f"Date,Type,Amount\n{rows}".encode()))
    assert table is not None
    assert table.words({Role.TYPE: 1}) == ["buy"]


def test_another_line_can_be_the_header():
    source = Source("x", b"Date,Type,Amount\nDay;What;Value\n2024-01-02;Fee;5\n")
    assert [(one.line, one.delimiter) for one in possible_headers(source)] == [
        (1, ","),
        (2, ";"),
        (3, ";"),
    ]
    table = find_table(source, line=2)
    assert table is not None
    assert (table.header.cells, table.rows) == (
        ["Day", "What", "Value"],
        [["2024-01-02", "Fee", "5"]],
    )
    assert find_table(source, line=9) is None


def test_a_line_of_thousands_of_cells_is_no_header():
    assert find_table(Source("x", b"Date,Type,Amount" + b"," * 30_000 + b"\n1,2,3\n")) is None


def test_text_with_commas_is_no_table():
    letter = b"Dear Sir, dear Madam, dear all,\nplease find, enclosed, my shares, thanks\n"
    assert find_table(Source("x", letter)) is None


def test_of_several_delimiters_in_a_line_the_one_with_most_cells_counts():
    (found,) = possible_headers(Source("x", b"Date,Amount,Note;more\n"))
    assert (found.delimiter, len(found.cells)) == (",", 3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "Date,Type,Symbol,Price,Currency\n2024-01-02,Buy,A,5,EUR\n",
            "The columns “Symbol” are not",
        ),
        ("Date,Type,Amount,Currency\n02/01/2024,Fee,5,EUR\n", "“02/01/2024” is not a date of our"),
        ("Date,Type,Amount,Currency\n2024-01-02,Zinsen,5,EUR\n", "“Zinsen” is not a type of our"),
    ],
)
def test_a_table_with_names_like_ours_is_not_taken_for_ours(text, sentence):
    with pytest.raises(UnknownFormatError, match=sentence):
        recognise(Source("x", text.encode()))


@pytest.mark.parametrize(
    "rows",
    [
        "",
        "2024-01-02,Gift,5,EUR\n",
        "2024-01-02,Zinsen,5,EUR\n2024-01-02,Fee,5,EUR\n",
        "2024-13-02,Fee,5,EUR\n",
        "02/01/2024,Fee,5,EUR\n2024-01-02,Fee,5,EUR\n",
    ],
)
def test_mistakes_in_our_own_csv_leave_it_ours(rows):
    source = Source("x", f"Date,Type,Amount,Currency\n{rows}".encode())
    assert recognise(source).format == "generic-csv"
    assert not source.record_lines


def columns_of(text: str) -> dict[Role, str]:
    table = find_table(Source("x.csv", text.encode()))
    assert table is not None
    return {role: table.header.cells[place] for role, place in guess(table).columns.items()}


def test_the_day_of_settlement_counts_where_many_rows_lack_that_of_the_trade() -> None:
    header = "Trade date,Settlement date,Type,ISIN,Shares,Amount\n"
    rows = ("2024-01-02,2024-01-04,Buy,IE00BK5BQT80,1,-10\n", "-,2024-01-05,Fee,,,-1\n")
    assert columns_of(header + rows[0])[Role.DATE] == "Trade date"
    assert columns_of(header + rows[0] + rows[1])[Role.DATE] == "Settlement date"


def test_a_column_of_markets_is_of_exchanges_beside_one_of_codes() -> None:
    rows = "2024-01-02,ABC/EUR,Buy,{}1,10,10\n"
    assert (
        columns_of("Date,Market,Side,Units,Price,Total\n" + rows.format(""))[Role.TICKER]
        == "Market"
    )
    header = "Date,Market,Side,Code,Units,Price,Total\n"
    assert columns_of(header + rows.format("ABC,"))[Role.TICKER] == "Code"


def test_amounts_of_coins_are_units_by_their_decimals() -> None:
    header = "Date,Type,Coin,Amount\n"
    assert Role.QUANTITY in columns_of(header + "2024-01-02,Deposit,BTC,0.12345\n")
    assert Role.QUANTITY not in columns_of(header + "2024-01-02,Dividend,ABC,12.34\n")


def test_days_that_exist_in_one_order_only_tell_it_although_they_are_not_sorted() -> None:
    days = ["08.01.2023"] * 5 + ["09.02.2023", "26.01.2023"]
    text = "Date;Type;Amount\n" + "".join(f"{day};Deposit;5,00\n" for day in days)
    table = find_table(Source("x.csv", text.encode()))
    assert table is not None
    assert guess(table).dates is DateOrder.DAY_FIRST


def test_a_column_of_currencies_that_are_coins_is_of_instruments() -> None:
    header = "Time,Kind,Currency,Amount\n"
    rows = "2024-01-02,Deposit,{},0.12345\n2024-01-03,Reward,{},0.5\n2024-01-04,Deposit,EUR,10\n"
    assert columns_of(header + rows.format("BTC", "ADA"))[Role.TICKER] == "Currency"
    assert Role.TICKER not in columns_of(header + rows.format("USD", "USD"))
