"""How amounts of coins and money become transactions, for every exchange alike."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from transactions.importers.base import RowError
from transactions.importers.coins import (
    Coins,
    Event,
    Leg,
    home_currency,
    summed,
    utc_instant,
)
from transactions.kinds import Kind

EVENT = Event(7, datetime(2024, 1, 2, tzinfo=UTC), "EUR", "id-1", "text", (8,))


def legs(*texts: str) -> list[Leg]:
    return [Leg(Decimal(text.split()[0]), text.split()[1]) for text in texts]


def shown(found) -> list[tuple]:
    return [
        (one.kind, str(one.quantity or ""), one.security.ticker if one.security else "", one.amount)
        for one in found
    ]


def test_fee_in_money_is_the_fee_of_the_trade() -> None:
    (bought,) = Coins().exchange(EVENT, legs("100 EUR"), legs("2 BTC"), legs("1 EUR"))
    assert (bought.kind, bought.quantity, bought.amount) == (Kind.BUY, 2, 100)
    assert (bought.fee, bought.fee_currency, bought.merged_lines) == (1, "", (8,))


def test_fee_in_other_money_keeps_its_currency() -> None:
    (sold,) = Coins().exchange(EVENT, legs("2 BTC"), legs("100 EUR"), legs("1 USD"))
    assert (sold.kind, sold.amount, sold.fee, sold.fee_currency) == (Kind.SELL, 100, 1, "USD")


def test_second_fee_in_money_stands_alone() -> None:
    found = Coins().exchange(EVENT, legs("2 BTC"), legs("100 EUR"), legs("1 USD", "3 EUR"))
    assert [one.kind for one in found] == [Kind.SELL, Kind.FEE]
    assert (found[1].currency, found[1].amount) == ("EUR", 3)


def test_fee_in_the_bought_coin_makes_fewer_units_for_the_same_cost() -> None:
    found = Coins().exchange(EVENT, legs("100 EUR"), legs("2 BTC"), legs("0.5 BTC"))
    assert shown(found) == [(Kind.BUY, "1.5", "BTC", 100)]


def test_fee_in_the_sold_coin_makes_more_units_for_the_same_proceeds() -> None:
    found = Coins().exchange(EVENT, legs("2 BTC"), legs("100 EUR"), legs("0.5 BTC", "1 BNB"))
    assert shown(found) == [(Kind.SELL, "2.5", "BTC", 100), (Kind.FEE, "1", "BNB", None)]


def test_fee_as_large_as_the_purchase_stands_alone() -> None:
    found = Coins().exchange(EVENT, legs("100 EUR"), legs("2 BTC"), legs("2 BTC"))
    assert shown(found) == [(Kind.BUY, "2", "BTC", 100), (Kind.FEE, "2", "BTC", None)]


def test_one_value_of_a_swap_says_the_other() -> None:
    out, into = Leg(Decimal(1), "BTC"), Leg(Decimal(20), "ETH", Decimal(9))
    sold, bought = Coins().exchange(EVENT, [out], [into])
    assert (sold.kind, bought.kind) == (Kind.SELL, Kind.BUY)
    assert sold.amount == bought.amount == 9
    assert sold.group == bought.group == "swap-7"
    sold, bought = Coins().exchange(EVENT, [out._replace(value=Decimal(8))], [into])
    assert sold.amount == bought.amount == 8


def test_money_for_money_is_a_conversion() -> None:
    out, into = Coins().exchange(EVENT, legs("100 EUR"), legs("110 USD"))
    assert (out.kind, out.currency, into.kind, into.currency) == (
        Kind.TRANSFER_OUT,
        "EUR",
        Kind.TRANSFER_IN,
        "USD",
    )
    assert out.group == into.group != ""


def test_trade_without_its_other_side_is_named() -> None:
    with pytest.raises(RowError, match="the other side of the trade of 1 BTC is not in the file"):
        Coins().exchange(EVENT, legs("1 BTC"), [])
    with pytest.raises(RowError, match="the trade of nothing is not in the file"):
        Coins().exchange(EVENT, [], [])


def test_several_coins_for_one_sum_of_money_are_not_guessed() -> None:
    with pytest.raises(RowError, match="of ADA, DOT, EUR the file does not say which"):
        Coins().exchange(EVENT, legs("1 EUR"), legs("1 DOT", "1 ADA"))


def test_amounts_of_one_asset_add_up_and_so_do_values_that_are_known() -> None:
    known, unknown = Leg(Decimal(1), "BTC", Decimal(3)), Leg(Decimal(2), "BTC")
    assert summed([known, known]) == [Leg(Decimal(2), "BTC", Decimal(6))]
    assert summed([known, unknown]) == [Leg(Decimal(3), "BTC")]


def test_home_is_the_most_frequent_money() -> None:
    assert home_currency(["BTC", "USD", "CHF", "CHF"]) == "CHF"
    assert home_currency(["BTC", "MNT"]) == "EUR"


def test_coin_without_a_name_is_refused() -> None:
    with pytest.raises(RowError, match="the name of the coin is missing"):
        Coins().income(EVENT, Leg(Decimal(1), ""))


@pytest.mark.parametrize(
    "text", ["2024-01-02 03:04:05", "2024-01-02 03:04:05 UTC", "2024-01-02T03:04:05Z"]
)
def test_instants_are_in_utc_whether_they_say_so_or_not(text: str) -> None:
    assert utc_instant(text) == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_text_that_is_no_date_is_named() -> None:
    with pytest.raises(RowError, match="“soon” is not a date"):
        utc_instant("soon")
