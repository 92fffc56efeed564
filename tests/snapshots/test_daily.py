"""Values and flows of days against docs/algorithms/snapshots.md, each rule with its exact figures."""

import re
from decimal import Decimal
from pathlib import Path

from snapshots.flows import Link, money
from tests.snapshots.rows import day, flows, history, plain, points, positions, rates, row, values

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "snapshots.md"
AAA = {"AAA": points((1, "10"), (3, "12"))}


# ---- the worked table ------------------------------------------------------------------------


def tables():
    """The cells of the page's last two tables."""
    found = re.findall(r"(?:^\|.*\n)+", PAGE.read_text(), re.MULTILINE)[-2:]
    return [
        [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()[2:]]
        for table in found
    ]


def parse(on, text):
    words = text.replace(",", "").split()
    fee = {"fee": words[words.index("fee") + 1]} if "fee" in words else {}
    kind, number, name, *rest = words
    if "=" in rest:
        return row(on, kind, number, name, rest[1], currency=rest[2], **fee)
    if kind in {"SPLIT", "TRANSFER_OUT"}:
        return row(on, kind, number, name)
    return row(on, kind, amount=number, currency=name)


def test_the_worked_table_of_the_page_is_what_the_code_gives():
    given, expected = tables()
    rows = [parse(int(cells[0]), cells[1]) for cells in given]
    prices = {
        ticker: points(
            *((int(cells[0]), cells[place]) for cells in given if cells[place] != "-"),
            currency="USD" if ticker == "UUU" else "EUR",
        )
        for place, ticker in ((2, "AAA"), (3, "UUU"), (4, "BBB"))
    }
    per_usd = {day(int(cells[0])): Decimal(cells[5]) for cells in given}
    found = history(
        *rows, prices=prices, find=lambda currency, on: per_usd[on], tracks_cash=True, end=9
    )
    assert [
        [
            str(one.day.day),
            plain(one.total_value),
            plain(one.cash_balance),
            plain(one.inflow),
            plain(one.outflow),
            "yes" if one.is_complete else "no",
        ]
        for one in found
    ] == expected


# ---- values ----------------------------------------------------------------------------------


def test_each_day_has_a_row_and_a_price_holds_until_the_next():
    found = history(row(2, "BUY", "3", "AAA", "30"), prices=AAA)
    assert [one.day for one in found] == [day(number) for number in range(1, 6)]
    assert values(found) == ["0", "30", "36", "36", "36"]
    assert found[4].cash_balance is None
    assert all(one.is_complete for one in found)


def test_a_position_is_told_with_everything_its_value_rests_on():
    usd = {"UUU": points((1, "1.5"), currency="USD")}
    found = history(row(2, "BUY", "3", "UUU", "4"), prices=usd, find=rates(USD="0.9"))
    assert found[0].positions == "[]"
    assert positions(found[2]) == {
        "UUU": {
            "quantity": "3",
            "price": "1.5",
            "currency": "USD",
            "price_date": "2026-05-01",
            "rate": "0.9",
            "value": "4.05",
        }
    }


def test_a_name_with_quotes_is_still_json():
    found = history(row(1, "BUY", "1", 'A"\\Ä', "4"), end=1)
    assert list(positions(found[0])) == ['A"\\Ä']


def test_values_are_rounded_half_even_once_and_their_sum_is_exact():
    prices = {"AAA": points((1, "0.00000001")), "BBB": points((1, "12345678901234567890.12345678"))}
    found = history(
        row(1, "BUY", "0.5", "AAA", "0"),
        row(1, "BUY", "10000000000.000000000000000001", "BBB", "0"),
        prices=prices,
        end=1,
    )
    # 0.5e-8 is rounded to even, to nothing; the other one keeps every digit of its product.
    assert plain(found[0].total_value) == "123456789012345678901234567812.3456789"


def test_what_has_no_price_yet_is_named_and_not_valued():
    found = history(row(1, "BUY", "3", "NEW", "30"), end=2)
    assert values(found) == ["0", "0"]
    assert not found[0].is_complete
    assert positions(found[0])["NEW"] == {
        "quantity": "3",
        "price": None,
        "currency": None,
        "price_date": None,
        "rate": None,
        "value": None,
    }


def test_a_price_without_a_rate_is_told_and_not_valued():
    usd = {"UUU": points((1, "5"), currency="USD")}
    found = history(row(1, "BUY", "3", "UUU", "15", currency="USD"), prices=usd, end=1)
    told = positions(found[0])["UUU"]
    assert (told["price"], told["rate"], told["value"]) == ("5", None, None)
    assert (values(found), flows(found[0]), found[0].is_complete) == (["0"], "", False)


def test_a_rate_that_changes_alone_changes_the_value():
    usd = {"UUU": points((1, "10"), currency="USD")}
    per_usd = {day(1): Decimal("0.9"), day(2): Decimal("0.8")}
    found = history(
        row(1, "BUY", "1", "UUU", "9"), prices=usd, find=lambda _, on: per_usd[on], end=2
    )
    assert values(found) == ["9", "8"]


def test_more_sold_than_held_is_out_of_scope_until_it_is_covered():
    rows = [
        row(1, "BUY", "1", "AAA", "10"),
        row(2, "SELL", "3", "AAA", "30"),
        row(4, "BUY", "5", "AAA", "60"),
    ]
    found = history(*rows, prices=AAA)
    assert values(found) == ["10", "0", "0", "36", "36"]
    assert [one.is_complete for one in found] == [True, False, False, True, True]
    # It left with its last value; -2 at 12 enter on the 4th, and 60 were paid.
    assert [flows(one) for one in found] == ["+10", "-10", "", "+60 -24", ""]


# ---- flows of an account that does not track cash ----------------------------------------------


def test_without_cash_every_trade_is_a_flow_of_its_own():
    found = history(
        row(1, "BUY", "10", "AAA", "100", fee="1", tax="0.5"),
        row(2, "SELL", "4", "AAA", "50", fee="2"),
        row(3, "DIVIDEND", None, "AAA", "6", tax="1"),
        row(4, "FEE", amount="3"),
        row(5, "INTEREST", amount="-2"),
        prices=AAA,
    )
    assert [flows(one) for one in found] == ["+101.5", "-48", "-5", "+3", "+2"]


def test_without_cash_deposits_are_outside_but_their_fees_are_paid():
    found = history(row(1, "DEPOSIT", amount="100", fee="1"), row(2, "WITHDRAWAL", amount="5"))
    assert [flows(one) for one in found[:2]] == ["+1", ""]


def test_a_payment_is_converted_by_its_own_rate_first():
    usd = {"UUU": points((1, "10"), currency="USD")}
    found = history(
        row(
            1, "BUY", "1", "UUU", "10", currency="USD", fx_rate="0.95", fee="1", fee_currency="EUR"
        ),
        row(2, "BUY", "1", "UUU", "10", currency="USD", fx_rate="1"),
        prices=usd,
        find=rates(USD="0.9"),
    )
    assert [flows(one) for one in found[:2]] == ["+10.5", "+9"]


def test_units_that_are_given_or_multiplied_are_no_flow():
    found = history(
        row(1, "STAKING", "1", "AAA", "10"),
        row(2, "SPLIT", "1", "AAA"),
        row(3, "FEE", "1", "AAA", "12"),
        prices=AAA,
    )
    assert values(found[:3]) == ["10", "20", "12"]
    assert [flows(one) for one in found] == ["", "", "", "", ""]


def test_a_trade_of_unknown_amount_flows_at_market_value_and_says_so():
    found = history(row(1, "BUY", "2", "AAA"), row(3, "SELL", "1", "AAA"), prices=AAA)
    assert [flows(one) for one in found[:3]] == ["+20", "", "-12"]
    assert [one.is_complete for one in found[:4]] == [False, True, False, True]


# ---- flows of an account that tracks cash -------------------------------------------------------


def test_with_cash_only_what_crosses_its_border_is_a_flow():
    found = history(
        row(1, "DEPOSIT", amount="100", fee="1"),
        row(2, "BUY", "5", "AAA", "50", fee="1"),
        row(3, "DIVIDEND", None, "AAA", "5"),
        row(4, "TAX", amount="2"),
        row(5, "WITHDRAWAL", amount="10"),
        prices=AAA,
        tracks_cash=True,
    )
    assert [flows(one) for one in found] == ["+100", "", "", "", "-10"]
    assert [plain(one.cash_balance) for one in found] == ["99", "48", "53", "51", "41"]
    assert values(found) == ["99", "98", "113", "111", "101"]


def test_a_conversion_inside_the_account_is_no_flow():
    out = row(2, "TRANSFER_OUT", amount="9", link=Link.HERE, partner="USD")
    back = row(2, "TRANSFER_IN", amount="10", currency="USD", link=Link.HERE, partner="EUR")
    found = history(
        row(1, "DEPOSIT", amount="9"), out, back, find=rates(USD="0.8"), tracks_cash=True, end=2
    )
    assert (values(found), flows(found[1])) == (["9", "8"], "")


def test_a_transfer_between_own_accounts_is_told_apart():
    found = history(
        row(1, "TRANSFER_IN", "3", "AAA", link=Link.MOVED, partner="AAA"),
        row(2, "TRANSFER_OUT", "1", "AAA", link=Link.MOVED, partner="AAA"),
        row(3, "TRANSFER_OUT", "1", "AAA"),
        prices=AAA,
    )
    assert [flows(one) for one in found[:3]] == ["m+30", "m-10", "-12"]


def test_money_for_something_out_of_scope_leaves_and_comes_back():
    found = history(
        row(1, "DEPOSIT", amount="100"),
        row(2, "BUY", "2", "NEW", "20", fee="1"),
        row(3, "DIVIDEND", None, "NEW", "3"),
        prices={"NEW": points((4, "15"))},
        tracks_cash=True,
    )
    assert [flows(one) for one in found] == ["+100", "-21", "+3", "+30", ""]
    assert values(found) == ["100", "79", "82", "112", "112"]
    assert [one.is_complete for one in found] == [True, False, False, True, True]


def test_a_split_on_the_first_day_with_a_price_enters_with_all_units():
    found = history(
        row(1, "BUY", "2", "NEW", "20"),
        row(4, "SPLIT", "2", "NEW"),
        row(4, "BUY", "1", "NEW", "15"),
        prices={"NEW": points((4, "15"))},
    )
    assert (values(found)[3], flows(found[3])) == ("75", "+75")


def test_cash_of_unknown_amount_makes_all_later_days_incomplete():
    found = history(
        row(1, "DEPOSIT", amount="100"), row(2, "BUY", "2", "AAA"), prices=AAA, tracks_cash=True
    )
    assert [one.is_complete for one in found] == [True, False, False, False, False]
    assert flows(found[1]) == "+20"


def test_cash_without_a_rate_enters_when_it_gets_one():
    per_usd = {day(3): Decimal("0.5")}
    found = history(
        row(1, "DEPOSIT", amount="10", currency="USD"),
        find=lambda _, on: per_usd.get(on),
        tracks_cash=True,
        end=3,
    )
    assert (values(found), flows(found[2])) == (["0", "0", "5"], "+5")
    assert [one.is_complete for one in found] == [False, False, True]


def test_money_is_what_the_ledger_says_it_is():
    paid = row(1, "BUY", "1", "AAA", "10", tax="2", fee="1", fee_currency="USD")
    assert list(money(paid)) == [("EUR", Decimal(-12)), ("USD", Decimal(-1))]
    assert list(money(row(1, "TRANSFER_IN", "1", "AAA", "10"))) == []
