"""Which rows are new, and which the ledger has already."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transactions.rows import instant, row, stored
from transactions.matching import Match, Verdict, likely_duplicates, match, place_of

MOMENT = "2024-01-05T10:00"


def verdicts(rows, held=()):
    """``["IMPORTED 1", "DUPLICATE 0"]`` in the order of the rows, and the stored rows not met."""
    found = list(match(rows, held))
    met = {
        one.row.sequence: f"{one.verdict.name} {one.occurrence}"
        for one in found
        if isinstance(one, Match)
    }
    unmet = [one for one in found if not isinstance(one, Match)]
    assert len(met) == len(rows)
    return [met[one.sequence] for one in rows], unmet


def numbered(*rows):
    return [one._replace(sequence=place, line=place + 2) for place, one in enumerate(rows)]


def test_a_row_of_an_empty_ledger_is_new():
    assert verdicts([row(MOMENT, "BUY", "1", "AAA", "5")]) == (["IMPORTED 1"], [])


def test_no_rows_leave_all_that_is_stored_unmet():
    held = [stored(MOMENT, "BUY", "1", "AAA", "5")]
    assert verdicts([], held) == ([], held)


def test_a_row_that_is_stored_is_a_duplicate():
    held = [stored(MOMENT, "BUY", "1.000", "AAA", "5.00")]
    assert verdicts([row(MOMENT, "BUY", "1", "AAA", "5")], held) == (["DUPLICATE 0"], [])


def test_two_equal_fills_are_both_new_and_both_known_the_next_time():
    fills = numbered(*[row(MOMENT, "BUY", "1", "AAA", "5")] * 2)
    assert verdicts(fills) == (["IMPORTED 1", "IMPORTED 2"], [])
    held = [stored(MOMENT, "BUY", "1", "AAA", "5", occurrence=n) for n in (1, 2)]
    assert verdicts(fills, held) == (["DUPLICATE 0", "DUPLICATE 0"], [])
    third = numbered(*fills, fills[0])
    assert verdicts(third, held)[0] == ["DUPLICATE 0", "DUPLICATE 0", "IMPORTED 3"]


def test_an_occurrence_that_was_deleted_by_hand_is_not_given_twice():
    held = [stored(MOMENT, "BUY", "1", "AAA", "5", occurrence=4)]
    fills = numbered(*[row(MOMENT, "BUY", "1", "AAA", "5")] * 2)
    assert verdicts(fills, held)[0] == ["DUPLICATE 0", "IMPORTED 5"]


@pytest.mark.parametrize(
    "other",
    [
        row("2024-01-05T10:00:00.000001", "BUY", "1", "AAA", "5"),
        row(MOMENT, "SELL", "1", "AAA", "5"),
        row(MOMENT, "BUY", "1.000000000000000001", "AAA", "5"),
        row(MOMENT, "BUY", "1", "BBB", "5"),
    ],
)
def test_a_row_that_differs_in_its_key_is_new(other):
    held = [stored(MOMENT, "BUY", "1", "AAA", "5")]
    assert verdicts([other], held) == (["IMPORTED 1"], held)


@pytest.mark.parametrize("changed", [{"amount": "6"}, {"price": "6"}, {"currency": "USD"}])
def test_a_row_equal_in_all_but_money_is_a_conflict(changed):
    if "price" in changed:
        changed = {"price": Decimal(changed["price"])}
    held = [stored(MOMENT, "BUY", "1", "AAA", **{"amount": "5", **changed})]
    assert verdicts([row(MOMENT, "BUY", "1", "AAA", "5")], held) == (["CONFLICT 0"], [])


def test_each_stored_row_contradicts_one_row_only():
    held = [stored(MOMENT, "BUY", "1", "AAA", "6")]
    fills = numbered(*[row(MOMENT, "BUY", "1", "AAA", "5")] * 2)
    assert verdicts(fills, held)[0] == ["CONFLICT 0", "IMPORTED 2"]


def test_money_of_another_amount_or_currency_is_another_event():
    held = [stored(MOMENT, "DEPOSIT", amount="100")]
    rows = numbered(
        row(MOMENT, "DEPOSIT", amount="200"), row(MOMENT, "DEPOSIT", amount="100", currency="USD")
    )
    assert verdicts(rows, held) == (["IMPORTED 2", "IMPORTED 3"], held)


def test_the_brokers_own_ids_tell_equal_fills_apart():
    held = [stored(MOMENT, "BUY", "1", "AAA", "5", external_id="a")]
    rows = numbered(
        row(MOMENT, "BUY", "1", "AAA", "5", external_id="b"),
        row(MOMENT, "BUY", "1", "AAA", "5", external_id="a"),
        row(MOMENT, "BUY", "1", "AAA", "5"),
    )
    assert verdicts(rows, held)[0] == ["IMPORTED 2", "DUPLICATE 0", "IMPORTED 3"]
    assert verdicts(rows[2:], held)[0] == ["DUPLICATE 0"]


def test_a_price_is_compared_at_the_decimals_that_are_stored():
    price = Decimal("0.1234567890123456789")
    held = [stored(MOMENT, "BUY", "1", "AAA", "5", price=Decimal("0.123456789012345679"))]
    assert verdicts([row(MOMENT, "BUY", "1", "AAA", "5", price=price)], held)[0] == ["DUPLICATE 0"]


times = st.integers(0, 3).map(lambda hours: instant(MOMENT) + timedelta(hours=hours))
events = st.tuples(times, st.sampled_from(["1", "2"]), st.sampled_from(["5", "6"]))


@given(st.lists(events, max_size=12), st.lists(events, max_size=12))
def test_importing_more_and_then_again_adds_nothing(first, second):
    """Whatever two overlapping files hold: after both, neither has anything new."""

    def as_rows(found):
        rows = [
            row(MOMENT, "BUY", units, "AAA", money)._replace(at=at) for at, units, money in found
        ]
        return numbered(*sorted(rows, key=lambda one: one.at))

    ledger = []
    for file in (first, second):
        for one in list(match(as_rows(file), sorted(ledger, key=lambda one: one.at))):
            if isinstance(one, Match) and one.verdict is Verdict.IMPORTED:
                new = one.row
                ledger.append(
                    stored(MOMENT, "BUY")._replace(
                        at=new.at,
                        ticker=new.ticker,
                        quantity=new.quantity,
                        amount=new.amount,
                        occurrence=one.occurrence,
                    )
                )
    keys = [(one.at, one.quantity, one.occurrence) for one in ledger]
    assert len(keys) == len(set(keys))
    for file in (first, second):
        for one in match(as_rows(file), sorted(ledger, key=lambda one: one.at)):
            assert not isinstance(one, Match) or one.verdict is not Verdict.IMPORTED


# ---- likely duplicates -----------------------------------------------------------------------


def is_likely(new, old):
    return likely_duplicates([new], [old]) == {place_of(new): old}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2024-01-05T11:00", True),
        ("2024-01-06T10:00", True),
        ("2024-01-04T10:00", True),
        ("2024-01-06T10:00:01", False),
    ],
)
def test_the_same_event_may_be_told_up_to_a_day_apart(when, expected):
    old = stored(MOMENT, "BUY", "1", "AAA", "5")
    assert is_likely(row(when, "BUY", "1", "AAA", "5"), old) is expected


@pytest.mark.parametrize(("amount", "expected"), [("5.01", True), ("5.011", False), (None, False)])
def test_the_amount_may_differ_by_a_cent(amount, expected):
    old = stored(MOMENT, "BUY", "1", "AAA", "5")
    assert is_likely(row("2024-01-05T11:00", "BUY", "1", "AAA", amount), old) is expected


def test_two_unknown_amounts_are_alike():
    old = stored(MOMENT, "BUY", "1", "AAA")
    assert is_likely(row("2024-01-05T11:00", "BUY", "1", "AAA"), old)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "SELL"},
        {"quantity": "2"},
        {"currency": "USD"},
        {"external_id": "b"},
    ],
)
def test_what_else_differs_is_another_event(changed):
    values = {"kind": "BUY", "quantity": "1", "ticker": "AAA", "amount": "5", **changed}
    old = stored(MOMENT, "BUY", "1", "AAA", "5", external_id="a")
    assert not is_likely(row("2024-01-05T11:00", **values), old)


def test_a_renamed_ticker_is_seen_by_the_instant():
    old = stored(MOMENT, "BUY", "1", "FB", "5")
    assert is_likely(row(MOMENT, "BUY", "1", "META", "5"), old)
    assert not is_likely(row("2024-01-05T10:01", "BUY", "1", "META", "5"), old)
    assert not is_likely(row(MOMENT, "BUY", "1", "META"), stored(MOMENT, "BUY", "1", "FB"))
    assert not is_likely(
        row(MOMENT, "DEPOSIT", amount="5"), stored(MOMENT, "DEPOSIT", None, "FB", "5")
    )


@pytest.mark.parametrize("kind", ["STAKING", "AIRDROP", "MINING", "INTEREST", "FEE", "TAX"])
def test_what_is_booked_daily_is_no_duplicate_of_the_day_before(kind):
    old = stored("2024-01-05T10:00", kind, "1", "AAA", "5")
    assert not is_likely(row("2024-01-06T09:00", kind, "1", "AAA", "5"), old)
    assert is_likely(row("2024-01-05T23:00", kind, "1", "AAA", "5"), old)


def test_each_stored_row_is_the_likely_twin_of_one_row_the_nearest():
    old = [stored(f"2024-01-05T{hour}:00", "BUY", "1", "AAA", "5") for hour in (10, 14)]
    rows = numbered(
        *[row(f"2024-01-05T{hour}:00", "BUY", "1", "AAA", "5") for hour in (13, 15, 16)]
    )
    assert likely_duplicates(rows, old) == {
        place_of(rows[0]): old[1],
        place_of(rows[1]): old[0],
    }


def test_thousands_of_alike_rows_are_compared_with_their_neighbours_only():
    start = instant("2020-01-01T00:00")
    one, old = row(MOMENT, "DEPOSIT", amount="5"), stored(MOMENT, "DEPOSIT", amount="9")
    rows = numbered(*[one._replace(at=start + timedelta(hours=9 * n)) for n in range(20_000)])
    held = [old._replace(at=start + timedelta(hours=9 * n + 1)) for n in range(20_000)]
    assert likely_duplicates(rows, held) == {}
