"""What the golden files of revolut-crypto do not show."""

from datetime import datetime

import pytest

from pricing.readers import ImporterError, Source
from transactions.importers.base import Outcome, Rejected
from transactions.importers.revolut_crypto import RevolutCrypto
from transactions.kinds import Kind


def parse(*rows: str, header: str = "Symbol,Type,Quantity,Price,Value,Fees,Date") -> list[Outcome]:
    source = Source("crypto.csv", "\n".join([header, *rows]).encode())
    return list(RevolutCrypto().parse(source))


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ('"Jun 12, 2018, 4:16:32 PM"', datetime(2018, 6, 12, 16, 16, 32)),  # noqa: DTZ001
        ('"Jun 12, 2018, 12:00:00 AM"', datetime(2018, 6, 12)),  # noqa: DTZ001
        ('"Jun 12, 2018, 12:00:00 PM"', datetime(2018, 6, 12, 12)),  # noqa: DTZ001
        ('"Sept 1, 2018, 4:16 a.m."', datetime(2018, 9, 1, 4, 16)),  # noqa: DTZ001
        ("13 Apr 2021 09:54:54", datetime(2021, 4, 13, 9, 54, 54)),  # noqa: DTZ001
        ("2021-04-13 09:54:54", datetime(2021, 4, 13, 9, 54, 54)),  # noqa: DTZ001
    ],
)
def test_date_is_local_time_in_every_way_that_revolut_writes_it(text: str, when: datetime) -> None:
    assert parse(f"BTC,Buy,1,€1,€1,€0,{text}")[0].when == when


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("BTC,Buy,,€1,€1,€0,Jun 1 2018 4:16 PM", "the quantity is missing"),
        ("BTC,Sell,1,€1,,€0,Jun 1 2018 4:16 PM", "the value is missing"),
        ("BTC,Buy,1,1,1,0,Jun 1 2018 4:16 PM", "the currency of “1” is not known"),
        (",Buy,1,€1,€1,€0,Jun 1 2018 4:16 PM", "the symbol is missing"),
        ("BTC,Buy,1,€1,€1,€0,Jum 1 2018 4:16 PM", "“Jum 1 2018 4:16 PM” is not a date"),
        ("BTC,Buy,1,€1,€1,€0,Jun 31 2018 4:16 PM", "“Jun 31 2018 4:16 PM” is not a date"),
        ("BTC,Buy,1,€1,€1,€0,Jun 1 2018 0:16 PM", "“Jun 1 2018 0:16 PM” is not a date"),
        ("BTC,Buy,1,€1,€1,€0,", "“” is not a date"),
        ("BTC,Buy,x,€1,€1,€0,Jun 1 2018 4:16 PM", "“x” is not a number"),
        (
            "BTC,Other,1,€1,€1,€0,Jun 1 2018 4:16 PM",
            "“Other” without an equal payment: the file does not say what it is",
        ),
        (
            "BTC,Lend,1,€1,€1,€0,Jun 1 2018 4:16 PM",
            (
                "the type “Lend” is not known; known are Buy, Sell, Payment, Send, Receive, "
                "Staking reward, Learn reward, Stake, Unstake, Other"
            ),
        ),
    ],
)
def test_row_that_cannot_be_read_is_rejected_with_its_reason_and_text(
    row: str, reason: str
) -> None:
    assert parse(row) == [Rejected(2, reason, row)]


def test_one_payment_is_taken_back_once() -> None:
    other = "BTC,Other,1,€1,€1,€0,Jun 2 2018 4:16 PM"
    paid, refund, left = parse("BTC,Payment,1,€1,€1,€0,Jun 1 2018 4:16 PM", other, other)
    assert (paid.kind, refund.kind, refund.amount) == (Kind.SELL, Kind.BUY, 1)
    assert isinstance(left, Rejected)


def test_rows_of_one_coin_share_one_security() -> None:
    first, second = parse(*["BTC,Buy,1,€1,€1,€0,Jun 1 2018 4:16 PM"] * 2)
    assert first.security is second.security


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match="header line of a Revolut crypto statement"):
        parse("1,2", header="a,b")
