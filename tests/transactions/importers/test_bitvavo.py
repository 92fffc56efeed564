"""What the golden files of bitvavo do not show."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pricing.readers import ImporterError, Source
from transactions.importers.base import Ignored, Outcome
from transactions.importers.bitvavo import Bitvavo
from transactions.kinds import Kind

HEADER = (
    "Timezone,Date,Time,Type,Currency,Amount,Quote Currency,Quote Price,Received / Paid Currency,"
    "Received / Paid Amount,Fee currency,Fee amount,Status,Transaction ID,Address"
)


def parse(*rows: str, header: str = HEADER) -> list[Outcome]:
    source = Source("bitvavo.csv", "\n".join([header, *rows]).encode())
    return list(Bitvavo().parse(source))


def row(type: str, coin: str, amount: str, trade: str = ",,,,,", status: str = "Completed") -> str:
    return f"Europe/Amsterdam,2024-07-02,10:00:00,{type},{coin},{amount},{trade},{status},id-1,"


def test_what_was_paid_or_received_has_the_fee_in_it() -> None:
    (bought,) = parse(row("buy", "BTC", "1", "EUR,10,EUR,-11,EUR,1"))
    assert (bought.amount, bought.fee, bought.price) == (10, 1, 10)
    (sold,) = parse(row("sell", "BTC", "-1", "EUR,10,EUR,9,EUR,1"))
    assert (sold.amount, sold.fee, sold.price) == (10, 1, 10)


def test_swap_for_a_coin_has_no_price_in_money() -> None:
    sold, bought = parse(row("buy", "BTC", "1", "USDC,10,USDC,-11,USDC,1"))
    assert (sold.security.ticker, sold.quantity, sold.price) == ("USDC", 11, None)
    assert (bought.security.ticker, bought.quantity, bought.price) == ("BTC", 1, None)


def test_fee_of_a_withdrawal_comes_on_top() -> None:
    out, fee = parse(row("withdrawal", "BTC", "-1", ",,,,BTC,0.1"))
    assert (out.kind, out.quantity) == (Kind.TRANSFER_OUT, 1)
    assert (fee.kind, fee.quantity) == (Kind.FEE, Decimal("0.1"))


def test_time_is_in_the_zone_of_the_row() -> None:
    (moved,) = parse(row("deposit", "BTC", "1"))
    assert moved.when.astimezone(UTC) == datetime(2024, 7, 2, 8, tzinfo=UTC)


def test_row_that_did_not_happen_is_ignored_by_its_status() -> None:
    assert parse(row("deposit", "BTC", "1", status="Pending")) == [
        Ignored(2, "nothing happened: the status is “Pending”")
    ]


def test_file_of_another_format_is_refused_as_a_whole() -> None:
    with pytest.raises(ImporterError, match="header line of a Bitvavo transaction history"):
        parse("1,2", header="a,b")
