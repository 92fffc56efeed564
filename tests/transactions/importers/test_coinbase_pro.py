"""What the golden files of Coinbase Pro do not show: balances, and trades that are not complete."""

from collections.abc import Iterable

import pytest

from pricing.readers import Source
from tests.transactions.importers import golden
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected, Stated
from transactions.importers.coinbase_pro import CoinbasePro
from transactions.kinds import Kind
from transactions.running_balances import Checked, check

ACCOUNT = golden.source_of(golden.DATA / "coinbase-pro" / "account.csv").text()
HEADER = ACCOUNT.splitlines()[0]


def parse(text: str) -> list[Outcome]:
    return list(CoinbasePro().parse(Source("account.csv", text.encode())))


def checked(found: Iterable[Outcome], portfolio: str = "") -> Checked:
    found = list(found)
    return check(
        [one for one in found if isinstance(one, ParsedTransaction) and one.portfolio == portfolio],
        [one for one in found if isinstance(one, Stated) and one.portfolio == portfolio],
        {one.line for one in found if isinstance(one, Ignored)},
        {one.line for one in found if isinstance(one, Rejected)},
    )


def test_every_row_states_a_balance_and_none_disagrees() -> None:
    found = parse(ACCOUNT)
    assert len([one for one in found if isinstance(one, Stated)]) == 27
    for portfolio, agreed in (("", 13), ("Savings", 1)):
        result = checked(found, portfolio)
        assert (result.agreed, result.disagreements, result.left_out) == (agreed, [], [])


@pytest.mark.parametrize(
    ("line", "stated", "other", "named"),
    [
        (8, "3065.2745", "3065.2746", (8, "USD")),
        (22, "0.0150", "0.0140", (22, "BTC")),
        # In the middle of a trade, which ends one row below.
        (7, "0.0600", "0.0610", (8, "BTC")),
    ],
)
def test_a_row_whose_balance_was_changed_is_named(
    line: int, stated: str, other: str, named: tuple[int, str]
) -> None:
    lines = ACCOUNT.splitlines()
    assert stated in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(stated, other)
    # The next balance of the asset, which is right again, disagrees with the wrong one.
    first, *others = checked(parse("\n".join(lines))).disagreements
    assert (first.line, first.asset) == named
    assert {one.asset for one in others} <= {first.asset}


def test_rows_of_two_trades_in_one_another_are_compared_after_both() -> None:
    rows = [
        "default,deposit,2021-01-04T09:00:00Z,100,100,USD,d,,",
        "default,match,2021-01-04T10:00:00Z,-10,90,USD,,7,o-1",
        "default,match,2021-01-04T10:00:00Z,-20,70,USD,,8,o-2",
        "default,match,2021-01-04T10:00:00Z,1,1,BTC,,7,o-1",
        "default,match,2021-01-04T10:00:00Z,2,2,ETH,,8,o-2",
        "default,withdrawal,2021-01-04T11:00:00Z,-70,0,USD,w,,",
    ]
    result = checked(parse("\n".join([HEADER, *rows])))
    assert (result.agreed, result.disagreements) == (1, [])


def test_a_balance_that_is_no_number_rejects_its_row_once() -> None:
    rows = ["default,match,2021-01-04T10:00:00Z,1,much,BTC,,7,o-1"]
    (found,) = parse("\n".join([HEADER, *rows]))
    assert isinstance(found, Rejected)
    assert found.line == 2


def test_a_trade_that_is_left_out_is_missed_by_its_balance() -> None:
    without = [line for line in ACCOUNT.splitlines() if ",12000417," not in line]
    named = checked(parse("\n".join(without))).disagreements
    assert [(one.line, one.asset) for one in named] == [(13, "USD"), (19, "BTC")]


def test_trades_of_one_number_in_two_markets_are_two() -> None:
    rows = [
        "default,match,2021-01-04T10:00:00Z,-10,90,USD,,7,o-1",
        "default,match,2021-01-04T10:00:00Z,1,1,BTC,,7,o-1",
        "default,match,2021-01-05T10:00:00Z,-20,70,USD,,7,o-2",
        "default,match,2021-01-05T10:00:00Z,2,2,ETH,,7,o-2",
    ]
    found = [one for one in parse("\n".join([HEADER, *rows])) if isinstance(one, ParsedTransaction)]
    assert [(one.kind, one.quantity, one.amount) for one in found] == [
        (Kind.BUY, 1, 10),
        (Kind.BUY, 2, 20),
    ]


def test_the_statement_of_one_coin_alone_says_what_is_missing() -> None:
    rows = ["default,match,2021-01-04T10:00:00Z,1,1,BTC,,7,o-1"]
    rejected = [one for one in parse("\n".join([HEADER, *rows])) if isinstance(one, Rejected)]
    assert [one.reason for one in rejected] == [
        "the other side of the trade of 1 BTC is not in the file; export all accounts and days of it"
    ]
