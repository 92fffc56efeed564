"""The command that imports prices: its table, its sentences and its exit codes."""

import pytest
from django.core.management import CommandError, call_command

from pricing.models import ExchangeRate, PriceHistory
from tests.factories import InstrumentFactory

pytestmark = pytest.mark.django_db

GOOD = "Date,Ticker,Close,Currency\n2025-05-05,AAA,10,USD\n2025-05-06,AAA,1000,USD\n"


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    InstrumentFactory(ticker="AAA", currency="USD")
    return write


def code_of(*arguments):
    with pytest.raises(SystemExit) as end:
        call_command("import_prices", *arguments)
    return end.value.code


def test_it_counts_every_row_and_ends_with_zero(write, capsys):
    rates = write("rates.csv", "Date,Currency,Rate\n2025-05-05,USD,1.1\n")
    call_command("import_prices", write("good.csv", GOOD), rates)
    output = capsys.readouterr()
    assert output.out == (
        "File       Format  rows  new  changed  unchanged  quarantined  ignored  rejected\n"
        "---------  ------  ----  ---  -------  ---------  -----------  -------  --------\n"
        "good.csv   prices     2    1        0          0            1        0         0\n"
        "rates.csv  rates      1    1        0          0            0        0         0\n"
    )
    assert output.err == "good.csv: 1 prices jump and wait in quarantine, see Prices.\n"
    assert (PriceHistory.objects.count(), ExchangeRate.objects.count()) == (2, 1)


def test_rejects_are_named_with_their_line_and_nothing_is_imported(write, capsys):
    bad = write("bad.csv", GOOD + "never,AAA,1,USD\n" * 25)
    assert code_of(bad) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "bad.csv line 4: “never” is not a date"
    assert lines[20:] == [
        "bad.csv: and 5 more rejected rows",
        "bad.csv: nothing was imported. Use --keep-rejects to import the other rows.",
    ]
    assert not PriceHistory.objects.exists()


def test_the_good_rows_are_imported_when_that_is_wanted(write):
    assert code_of(write("bad.csv", GOOD + "never,AAA,1,USD\n"), "--keep-rejects") == 1
    assert PriceHistory.objects.count() == 2


def test_an_unusable_file_is_exit_code_two_and_stops_no_other(write, capsys):
    nothing = write("nothing.csv", "Name,Value\na,1\n")
    assert code_of(nothing, write("good.csv", GOOD), "/does/not/exist.csv") == 2
    errors = capsys.readouterr().err
    assert f"{nothing}: This is no file of prices or exchange rates" in errors
    assert "/does/not/exist.csv: [Errno 2]" in errors
    assert PriceHistory.objects.count() == 2


def test_the_choices_reach_the_rows(write):
    stooq = write("aaa.csv", "Date,Open,High,Low,Close\n2025-05-05,1,1,1,50\n")
    options = ("--ticker", "AAA", "--currency", "GBX", "--source", "stooq", "--adjusted", "no")
    call_command("import_prices", stooq, *options)
    row = PriceHistory.objects.get()
    assert (row.source, row.currency, row.adjusted_for_splits) == ("stooq", "GBP", False)
    assert f"{row.close_price.normalize()}" == "0.5"


def test_an_unknown_ticker_is_refused(write):
    with pytest.raises(CommandError, match="There is no instrument NOPE: import") as refusal:
        call_command("import_prices", write("good.csv", GOOD), "--ticker", "NOPE")
    assert refusal.value.returncode == 2
