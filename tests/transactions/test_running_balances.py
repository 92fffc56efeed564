"""Running balances, compared record by record with what was read of a file."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from tests.snapshots.pages import worked_table
from transactions.importers.base import ParsedTransaction, Security, Stated
from transactions.kinds import Kind
from transactions.running_balances import Checked, Disagreement, LeftOut, agree, check

BITCOIN = Security(ticker="BTC")


def at(day: int) -> datetime:
    return datetime(2024, 1, day)  # noqa: DTZ001 - local time of the account, as files have it


def money(line: int, kind: Kind, amount: str, **more: Any) -> ParsedTransaction:
    plain = ParsedTransaction(line, at(line), kind, "EUR", Decimal(amount))
    return plain._replace(**more)


def stated(line: int, amount: str, **more: Any) -> Stated:
    return Stated(line, at(line), Decimal(amount), "EUR")._replace(**more)


def compared(
    parsed: list[ParsedTransaction],
    balances: list[Stated],
    ignored: set[int] | None = None,
    rejected: set[int] | None = None,
) -> Checked:
    return check(parsed, balances, ignored or set(), rejected or set())


# The story of the worked table.
PARSED = [
    money(2, Kind.DEPOSIT, "1000"),
    money(
        3,
        Kind.BUY,
        "500",
        fee=Decimal("1.50"),
        security=BITCOIN,
        quantity=Decimal("0.01"),
        merged_lines=(4,),
    ),
    money(5, Kind.INTEREST, "0.30", tax=Decimal("0.05")),
]
STATED = [stated(2, "1000.00"), stated(3, "500.00"), stated(4, "498.50"), stated(5, "498.75")]


def test_money_that_the_rows_of_one_trade_bring_and_pay_is_no_effect() -> None:
    bought = money(2, Kind.BUY, "90", merged_lines=(3, 4), security=BITCOIN, quantity=Decimal(1))
    balances = [
        stated(1, "0", currency="USD"),
        stated(2, "-100", currency="USD", change=Decimal(-100)),
        stated(3, "0", currency="USD", change=Decimal(100)),
        stated(4, "10"),
    ]
    found = compared([bought], balances)
    assert (found.agreed, found.disagreements) == (0, [])
    later = stated(5, "0", currency="USD")
    assert compared([bought], [*balances, later]).agreed == 1


def test_every_balance_that_its_rows_explain_agrees() -> None:
    found = compared(PARSED, STATED)
    # The first says what was there, the second lies between a trade and its fee.
    assert (found.agreed, found.disagreements, found.left_out) == (2, [], [])


def test_the_worked_table() -> None:
    table = worked_table("running-balances.md")
    found = compared(PARSED, [stated(int(line), balance) for line, _, _, balance, _ in table])
    assert found.agreed == sum(verdict == "agrees" for *_, verdict in table)
    assert found.disagreements == [
        Disagreement(int(line), "EUR", Decimal(expected), Decimal(balance))
        for line, _, expected, balance, verdict in table
        if verdict == "disagrees"
    ]


def test_the_balances_of_a_file_that_is_newest_first_are_walked_upwards() -> None:
    turned = [one._replace(line=7 - one.line) for one in STATED]
    parsed = [
        one._replace(line=7 - one.line, merged_lines=tuple(7 - line for line in one.merged_lines))
        for one in PARSED
    ]
    assert compared(parsed, turned).agreed == 2


def test_the_first_record_that_disagrees_is_named() -> None:
    balances = [*STATED[:3], stated(5, "490.00"), stated(6, "490.00")]
    found = compared(PARSED, balances)
    assert found.disagreements == [
        Disagreement(5, "EUR", Decimal("498.75"), Decimal("490.00")),
    ]
    assert found.agreed == 2, "the balance after it agrees with the one that was named"


@pytest.mark.parametrize(("change", "is_gap"), [("-8.50", False), ("0.25", True)])
def test_a_change_beside_the_balance_tells_missing_rows_from_a_misread_one(
    change: str, is_gap: bool
) -> None:
    balances = [*STATED[:3], stated(5, "490.00", change=Decimal(change))]
    assert [one.is_gap for one in compared(PARSED, balances).disagreements] == [is_gap]


def test_ignored_records_may_move_money_to_and_fro_but_not_away() -> None:
    deposit = [money(2, Kind.DEPOSIT, "100")]
    swept = [stated(2, "100"), stated(3, "60"), stated(4, "100")]
    assert compared(deposit, swept, ignored={3, 4}).left_out == []
    gone = compared(deposit, swept[:2], ignored={3})
    assert gone.left_out == [LeftOut(3, "EUR", Decimal(-40))]
    assert gone.disagreements == []


def test_while_ignored_records_are_out_no_balance_of_a_day_is_kept() -> None:
    deposit = [money(2, Kind.DEPOSIT, "100")]
    found = compared(deposit, [stated(2, "100"), stated(3, "60"), stated(4, "100")], ignored={3, 4})
    assert [(one.line, one.amount) for one in found.closing] == [
        (2, Decimal(100)),
        (4, Decimal(100)),
    ]


def test_after_a_rejected_record_the_next_balance_is_taken_as_it_is() -> None:
    balances = [STATED[0], stated(5, "490.00"), stated(6, "490.00")]
    found = compared([PARSED[0], PARSED[2]], balances, rejected={3, 4})
    assert (found.disagreements, found.agreed) == ([], 1)


def test_units_are_checked_like_money_each_in_all_of_their_pockets() -> None:
    bought = money(2, Kind.BUY, "10", security=BITCOIN, quantity=Decimal(5))
    sold = money(5, Kind.SELL, "4", security=BITCOIN, quantity=Decimal(2))
    coins = [
        Stated(line, at(line), Decimal(amount), "", BITCOIN, pocket=pocket, change=Decimal(change))
        for line, amount, pocket, change in (
            (2, "5", "spot", "5"),
            (3, "2", "spot", "-3"),
            (4, "3.5", "staked", "3"),
            (5, "0", "spot", "-2"),
        )
    ]
    found = compared([bought, sold], coins, ignored={3, 4})
    assert (found.agreed, found.disagreements, found.left_out) == (1, [], [])
    assert [(one.line, one.amount) for one in found.closing] == [
        (4, Decimal("5.5")),
        (5, Decimal("3.5")),
    ]


def test_a_pocket_of_unknown_opening_makes_what_was_told_before_it_less_than_all() -> None:
    coins = [
        Stated(2, at(2), Decimal(5), "", BITCOIN, pocket="spot"),
        Stated(3, at(3), Decimal(3), "", BITCOIN, pocket="staked"),
    ]
    found = compared([money(2, Kind.BUY, "10", security=BITCOIN, quantity=Decimal(5))], coins)
    assert (found.agreed, found.disagreements) == (0, [])
    assert [(one.line, one.amount) for one in found.closing] == [(3, Decimal(8))]


def test_an_ignored_record_that_comes_first_says_itself_what_it_moved() -> None:
    found = compared([], [stated(2, "60", change=Decimal(-40)), stated(3, "100")], ignored={2, 3})
    assert found.left_out == []


def test_a_list_of_a_day_is_no_running_balance() -> None:
    listed = Stated(2, None, Decimal(5), "EUR", is_list=True)
    assert compared(PARSED, [listed]) == Checked()


@pytest.mark.parametrize(
    ("stated", "decimals", "ours", "expected"),
    [
        ("100.00", 2, "100", True),
        ("100.00", 2, "100.004", True),
        ("100.00", 2, "100.01", False),
        ("100.01", 2, "100.00", False),
        # A whole number of shares is no rounded one.
        ("100", 0, "100.4", False),
        ("0.12345678", 8, "0.123456784", True),
    ],
)
def test_a_rounded_balance_agrees_within_its_last_decimal(
    stated: str, decimals: int, ours: str, expected: bool
) -> None:
    assert agree(Decimal(stated), decimals, Decimal(ours)) is expected


def kept(found: Checked) -> list[tuple[datetime | None, Decimal]]:
    return [(one.when, one.amount) for one in found.closing]


def test_a_balance_is_of_the_latest_moment_that_it_has_in_it() -> None:
    minutes = [at(2).replace(minute=minute) for minute in (10, 30, 20)]
    parsed = [
        money(line, Kind.DEPOSIT, "100", when=when) for line, when in enumerate(minutes, start=2)
    ]
    balances = [
        stated(line, f"{line - 1}00", when=when) for line, when in enumerate(minutes, start=2)
    ]
    assert kept(compared(parsed, balances)) == [(minutes[1], Decimal(300))]


def test_what_stands_late_in_the_file_but_early_in_the_ledger_takes_balances_between_away() -> None:
    parsed = [money(line, Kind.DEPOSIT, "100") for line in (2, 3, 4)]
    parsed.append(money(5, Kind.INTEREST, "1", when=at(3)))
    balances = [
        *(stated(line, f"{line - 1}00") for line in (2, 3, 4)),
        stated(5, "301", when=at(3)),
    ]
    assert kept(compared(parsed, balances)) == [(at(2), Decimal(100)), (at(4), Decimal(301))]


def test_a_record_without_a_balance_takes_that_of_its_moment_away() -> None:
    parsed = [money(2, Kind.DEPOSIT, "100"), money(3, Kind.FEE, "1", when=at(2))]
    assert kept(compared(parsed, [stated(2, "100")])) == []


def test_moments_of_several_zones_are_put_in_order() -> None:
    summer = datetime(2024, 10, 27, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    winter = datetime(2024, 10, 27, 2, 10, tzinfo=timezone(timedelta(hours=1)))
    parsed = [
        money(2, Kind.DEPOSIT, "100", when=summer),
        money(3, Kind.DEPOSIT, "100", when=winter),
    ]
    balances = [stated(2, "100", when=summer), stated(3, "200", when=winter)]
    assert kept(compared(parsed, balances)) == [(winter, Decimal(200))]


@pytest.mark.parametrize("year", [1, 9999])
def test_a_year_that_no_row_could_have_is_no_error(year: int) -> None:
    zone = timezone(timedelta(hours=14 if year == 1 else -12))
    edge = (
        datetime(year, 1, 1, tzinfo=zone) if year == 1 else datetime(year, 12, 31, 23, tzinfo=zone)
    )
    assert (
        len(compared([money(2, Kind.DEPOSIT, "1", when=edge)], [stated(2, "1", when=edge)]).closing)
        == 1
    )
