"""The lot engine against docs/algorithms/lots.md: every rule with its exact figures."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from portfolio.lots import Book, Carried, Entry, Issue, IssueCode, Lot, rank
from transactions.kinds import Kind

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "lots.md"
FIRST = datetime(2024, 1, 1, 12, tzinfo=UTC)


def number(text):
    return None if text in {None, "?"} else Decimal(text)


def day(count):
    return FIRST + timedelta(days=count)


def applied(*rows, book=None):
    """A book with rows like ``("BUY", "10", "1001")``, one a day, the transactions numbered from 1."""
    book = book or Book()
    book.apply(
        Entry(index, Kind(kind), day(index), Decimal(quantity or 0), number(value), *carried)
        for index, (kind, quantity, value, *carried) in enumerate(rows, start=1)
    )
    return book


def open_lots(book):
    """``[("6", "600.60")]``: what remains of the open lots and its cost, oldest first."""
    return [
        (plain(lot.remaining), plain(lot.remaining_cost)) for lot in (*book.shorts, *book.longs)
    ]


def slices(book):
    return [
        (piece.transaction, plain(piece.quantity), plain(piece.proceeds), plain(piece.cost))
        for piece in book.slices
    ]


def plain(value):
    if value is None:
        return "?"
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def carried(*pieces):
    return tuple(Carried(day(at), Decimal(quantity), number(cost)) for at, quantity, cost in pieces)


# ---- first in, first out ---------------------------------------------------------------------


def test_a_purchase_opens_a_lot_at_what_was_paid():
    book = applied(("BUY", "10", "1001"))
    (lot,) = book.opened
    assert (lot.sequence, lot.transaction, lot.purchased_at) == (1, 1, day(1))
    assert (lot.quantity, lot.remaining) == (Decimal(10), Decimal(10))
    assert (lot.cost, lot.remaining_cost) == (Decimal(1001), Decimal(1001))
    assert (book.held(), book.total_cost(), book.realized) == (10, 1001, 0)


def test_a_sale_takes_the_oldest_lots_first_and_its_share_of_their_cost():
    book = applied(("BUY", "10", "1001"), ("BUY", "5", "600"), ("SELL", "12", "1500"))
    assert slices(book) == [(3, "10", "1250", "1001"), (3, "2", "250", "240")]
    assert [piece.gain for piece in book.slices] == [Decimal(249), Decimal(10)]
    assert open_lots(book) == [("3", "360")]
    assert book.realized == Decimal(259)


def test_the_figures_of_portfolio_performance_come_out():
    # CapitalGainsCalculationTest.testFifoBuySellTransactions2: expected cost 4400.74, gain 98.12.
    book = applied(("BUY", "109", "3149.20"), ("BUY", "52", "1684.92"), ("SELL", "15", "531.50"))
    assert book.held() == 146
    # 3149.20 * 15 / 109 = 433.376146788990…
    assert book.slices[0].cost == Decimal("433.37614679")
    assert book.total_cost() == Decimal("4400.74385321")
    assert book.realized == Decimal("98.12385321")


def test_thirds_leave_their_remainder_in_the_last_slice_of_a_lot():
    book = applied(("BUY", "3", "100"), *[("SELL", "1", "50")] * 3)
    assert [piece.cost for piece in book.slices] == [
        Decimal("33.33333333"),
        # 66.66666667 / 2 = 33.333333335, to the even neighbour
        Decimal("33.33333334"),
        Decimal("33.33333333"),
    ]
    assert (book.total_cost(), book.realized) == (0, 50)


def test_thirds_leave_their_remainder_in_the_last_slice_of_a_sale():
    book = applied(*[("BUY", "1", "10")] * 3, ("SELL", "3", "100"))
    # 100 / 3, then 66.66666667 / 2 to the even neighbour, then the rest
    assert [piece.proceeds for piece in book.slices] == [
        Decimal("33.33333333"),
        Decimal("33.33333334"),
        Decimal("33.33333333"),
    ]
    assert book.realized == 70


@pytest.mark.parametrize(
    ("cost", "share"),
    [("0.00000001", "0"), ("0.00000003", "0.00000002"), ("0.00000005", "0.00000002")],
)
def test_half_of_an_odd_last_digit_goes_to_the_even_neighbour(cost, share):
    book = applied(("BUY", "2", cost), ("SELL", "1", "1"))
    assert plain(book.slices[0].cost) == share
    assert book.slices[0].cost + book.total_cost() == Decimal(cost)


def test_a_closed_position_is_exactly_zero():
    book = applied(("BUY", "0.1", "10"), ("BUY", "0.2", "20"), ("SELL", "0.3", "30"))
    assert (book.held(), book.total_cost(), book.realized) == (0, 0, 0)
    assert not book.longs
    assert not book.shorts
    assert [lot.remaining_cost for lot in book.opened] == [Decimal(0), Decimal(0)]


def test_a_wei_of_a_large_holding_is_exact():
    book = applied(("BUY", "99999999999999999999.000000000000000001", "1"), ("SELL", "1e-18", "0"))
    assert book.held() == Decimal("99999999999999999999")


def test_purchases_of_one_instant_keep_the_order_of_the_ledger():
    book = Book()
    book.apply(Entry(number, Kind.BUY, FIRST, Decimal(1), Decimal(number)) for number in (3, 1, 2))
    book.apply([Entry(4, Kind.SELL, FIRST, Decimal(1), Decimal(9))])
    assert slices(book) == [(4, "1", "9", "3")]


def test_no_digit_of_a_large_oversold_quantity_is_lost():
    wanted = Decimal("1000000000000.000000000000000001")
    book = applied(("SELL", str(wanted), "1"))
    assert book.state_issues() == [Issue(IssueCode.OVERSOLD, 1, wanted)]


def test_a_free_share_costs_nothing_which_is_known():
    book = applied(("BUY", "1", "0"), ("SELL", "1", "7"))
    assert book.realized == 7
    assert book.issues == []


# ---- splits ----------------------------------------------------------------------------------


def test_a_split_keeps_cost_and_dates():
    book = applied(("BUY", "10", "1000"), ("BUY", "4", "500"), ("SPLIT", "42", None))
    assert open_lots(book) == [("40", "1000"), ("16", "500")]
    assert [lot.purchased_at for lot in book.longs] == [day(1), day(2)]
    assert [(lot.quantity, lot.cost) for lot in book.longs] == [(40, 1000), (16, 500)]
    assert (book.realized, book.slices, book.issues) == (0, [], [])


def test_a_reverse_split_gives_the_last_lot_what_rounding_leaves():
    book = applied(*[("BUY", "1", "7")] * 3, ("SPLIT", "-2", None))
    third = "0.333333333333333333"
    assert open_lots(book) == [(third, "7"), (third, "7"), ("0.333333333333333334", "7")]
    assert book.held() == 1


def test_a_split_after_a_partial_sale_scales_the_lot_as_a_whole():
    book = applied(("BUY", "10", "1000"), ("SELL", "4", "600"), ("SPLIT", "6", None))
    (lot,) = book.longs
    assert (lot.quantity, lot.remaining, lot.cost, lot.remaining_cost) == (20, 12, 1000, 600)
    assert slices(book) == [(2, "4", "600", "400")]
    assert lot.sequence in book.touched


def test_a_sale_after_a_split_takes_its_share_of_the_new_units():
    book = applied(("BUY", "10", "1000"), ("SPLIT", "10", None), ("SELL", "5", "300"))
    assert slices(book) == [(3, "5", "300", "250")]
    assert book.total_cost() == 750


def test_a_split_without_holdings_has_units_of_unknown_cost_and_says_so():
    book = applied(("SPLIT", "10", None))
    assert open_lots(book) == [("10", "?")]
    assert book.issues == [Issue(IssueCode.UNMATCHED_SPLIT, 1, Decimal(10))]
    assert book.state_issues() == [Issue(IssueCode.UNKNOWN_COST, 1, Decimal(10))]


def test_a_reverse_split_of_more_than_is_held_sells_for_an_unknown_sum():
    book = applied(("BUY", "3", "30"), ("SPLIT", "-5", None))
    assert book.held() == -2
    assert slices(book) == [(2, "3", "?", "30")]
    assert [issue.code for issue in book.issues] == [
        IssueCode.UNMATCHED_SPLIT,
        IssueCode.UNKNOWN_PROCEEDS,
    ]
    assert book.realized is None


def test_a_reverse_split_that_would_leave_nothing_of_a_lot_keeps_no_empty_lot():
    # Half of 1e-18 cannot be held: a lot of no units would keep its cost for ever.
    book = applied(("BUY", "1e-18", "5"), ("BUY", "1", "10"), ("SPLIT", "-0.9", None))
    assert book.held() == Decimal("0.100000000000000001")
    assert all(lot.remaining for lot in book.longs)
    assert book.issues[0] == Issue(IssueCode.UNMATCHED_SPLIT, 3, Decimal("-0.9"))


# ---- return of capital -----------------------------------------------------------------------


def test_a_return_of_capital_cuts_cost_by_units():
    book = applied(("BUY", "1", "50"), ("BUY", "3", "70"), ("RETURN_OF_CAPITAL", None, "10"))
    assert open_lots(book) == [("1", "47.5"), ("3", "62.5")]
    assert (book.realized, book.slices) == (0, [])
    # What was paid stays on record beside what is left of it.
    assert [lot.cost for lot in book.longs] == [50, 70]


def test_a_return_of_capital_beyond_the_cost_is_gain():
    book = applied(("BUY", "1", "4"), ("BUY", "1", "9"), ("RETURN_OF_CAPITAL", None, "12"))
    assert open_lots(book) == [("1", "0"), ("1", "3")]
    (piece,) = book.slices
    assert (piece.lot, piece.quantity, piece.proceeds, piece.cost, piece.gain) == (1, 0, 2, 0, 2)
    assert book.realized == 2


def test_a_return_of_capital_leaves_the_unknown_unknown():
    book = applied(("BUY", "1", "?"), ("BUY", "1", "9"), ("RETURN_OF_CAPITAL", None, "4"))
    assert open_lots(book) == [("1", "?"), ("1", "7")]
    assert book.realized == 0


def test_a_return_of_capital_with_nothing_held_is_gain():
    book = applied(("BUY", "1", "9"), ("SELL", "1", "9"), ("RETURN_OF_CAPITAL", None, "4"))
    assert (book.realized, book.total_cost()) == (4, 0)


def test_an_unknown_return_of_capital_makes_the_gain_unknown():
    book = applied(("BUY", "1", "9"), ("RETURN_OF_CAPITAL", None, "?"))
    assert book.realized is None
    assert book.issues == [Issue(IssueCode.UNKNOWN_PROCEEDS, 2, Decimal(0))]
    again = applied(("RETURN_OF_CAPITAL", None, "1"), book=book)
    assert again.realized is None


def test_a_return_of_capital_taken_back_restores_the_cost():
    book = applied(
        ("BUY", "1", "9"), ("RETURN_OF_CAPITAL", None, "4"), ("RETURN_OF_CAPITAL", None, "-4")
    )
    assert open_lots(book) == [("1", "9")]


# ---- income and fees in kind -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["STAKING", "AIRDROP", "MINING"])
def test_income_in_kind_is_a_lot_at_its_market_value(kind):
    book = applied((kind, "2", "50"), ("SELL", "1", "40"))
    assert slices(book) == [(2, "1", "40", "25")]
    assert open_lots(book) == [("1", "25")]


def test_income_of_unknown_value_has_an_unknown_cost():
    book = applied(("STAKING", "2", "?"), ("BUY", "1", "10"))
    assert open_lots(book) == [("2", "?"), ("1", "10")]
    assert (book.total_cost(), book.realized) == (None, 0)
    assert book.state_issues() == [Issue(IssueCode.UNKNOWN_COST, 1, Decimal(2))]


def test_a_fee_paid_in_units_is_a_disposal_at_their_value():
    book = applied(("BUY", "10", "100"), ("FEE", "1", "12"))
    assert slices(book) == [(2, "1", "12", "10")]
    assert (book.realized, book.total_cost()) == (2, 90)


# ---- unknown stays unknown -------------------------------------------------------------------


def test_units_of_unknown_cost_make_only_their_own_gain_unknown():
    book = applied(("BUY", "1", "?"), ("BUY", "1", "10"), ("SELL", "2", "30"))
    assert slices(book) == [(3, "1", "15", "?"), (3, "1", "15", "10")]
    assert [piece.gain for piece in book.slices] == [None, Decimal(5)]
    assert book.realized is None
    assert book.issues == [Issue(IssueCode.UNKNOWN_COST, 3, Decimal(1))]
    assert book.total_cost() == 0


def test_a_part_of_an_unknown_lot_is_unknown_and_so_is_the_rest():
    book = applied(("BUY", "2", "?"), ("SELL", "1", "30"))
    assert slices(book) == [(2, "1", "30", "?")]
    assert open_lots(book) == [("1", "?")]


def test_unknown_proceeds_make_the_gain_unknown_and_take_the_cost():
    book = applied(("BUY", "2", "20"), ("SELL", "1", "?"))
    assert slices(book) == [(2, "1", "?", "10")]
    assert (book.realized, book.total_cost()) == (None, 10)
    assert book.issues == [Issue(IssueCode.UNKNOWN_PROCEEDS, 2, Decimal(1))]


# ---- selling more than is held ---------------------------------------------------------------


def test_selling_more_than_is_held_opens_a_negative_lot():
    book = applied(("BUY", "3", "30"), ("SELL", "15", "300"))
    assert slices(book) == [(2, "3", "60", "30")]
    assert open_lots(book) == [("-12", "-240")]
    assert (book.held(), book.total_cost(), book.realized) == (-12, 0, 30)
    assert book.state_issues() == [Issue(IssueCode.OVERSOLD, 2, Decimal(12))]


def test_a_later_purchase_covers_it():
    book = applied(("SELL", "12", "240"), ("BUY", "20", "300"))
    assert slices(book) == [(2, "12", "240", "180")]
    assert open_lots(book) == [("8", "120")]
    assert (book.realized, book.state_issues()) == (60, [])


def test_several_purchases_cover_it_bit_by_bit():
    book = applied(("SELL", "3", "100"), ("BUY", "1", "20"), ("BUY", "1", "21"), ("BUY", "1", "22"))
    assert slices(book) == [
        (2, "1", "33.33333333", "20"),
        (3, "1", "33.33333334", "21"),
        (4, "1", "33.33333333", "22"),
    ]
    assert (book.held(), book.realized, list(book.shorts)) == (0, 37, [])


def test_one_purchase_covers_several_sales_oldest_first():
    book = applied(("SELL", "1", "10"), ("SELL", "2", "30"), ("BUY", "4", "40"))
    assert slices(book) == [(3, "1", "10", "10"), (3, "2", "30", "20")]
    assert open_lots(book) == [("1", "10")]


def test_a_cover_of_unknown_cost_has_an_unknown_gain():
    book = applied(("SELL", "1", "10"), ("AIRDROP", "3", "?"))
    assert slices(book) == [(2, "1", "10", "?")]
    assert open_lots(book) == [("2", "?")]
    assert book.realized is None


def test_a_sale_of_unknown_proceeds_stays_unknown_when_covered():
    book = applied(("SELL", "2", "?"), ("BUY", "1", "10"))
    assert open_lots(book) == [("-1", "?")]
    assert slices(book) == [(2, "1", "?", "10")]
    assert book.realized is None


# ---- transfers -------------------------------------------------------------------------------


def test_a_transfer_out_takes_lots_along_and_realises_nothing():
    book = applied(("BUY", "1", "10"), ("BUY", "4", "100"), ("TRANSFER_OUT", "3", "999"))
    assert slices(book) == [(3, "1", "?", "10"), (3, "2", "?", "50")]
    assert (book.realized, book.total_cost(), book.issues) == (0, 50, [])
    assert book.carried_by(3) == carried((1, "1", "10"), (2, "2", "50"))


def test_a_transfer_out_of_an_unknown_lot_is_no_unknown_gain():
    book = applied(("BUY", "1", "?"), ("TRANSFER_OUT", "1", None))
    assert (book.realized, book.issues) == (0, [])
    assert book.carried_by(2) == carried((1, "1", "?"))


def test_a_transfer_of_more_than_is_held_carries_the_rest_at_unknown_cost():
    book = applied(("BUY", "1", "10"), ("TRANSFER_OUT", "3", None))
    assert book.carried_by(2) == carried((1, "1", "10"), (2, "2", "?"))
    assert book.held() == -2
    assert book.state_issues() == [Issue(IssueCode.OVERSOLD, 2, Decimal(2))]


def test_what_arrives_keeps_its_dates_and_costs():
    book = applied(("TRANSFER_IN", "3", None, carried((-9, "1", "10"), (-5, "2", "50"))))
    assert open_lots(book) == [("1", "10"), ("2", "50")]
    assert [lot.purchased_at for lot in book.longs] == [day(-9), day(-5)]
    assert [lot.transaction for lot in book.longs] == [1, 1]


def test_what_arrives_takes_its_place_in_the_middle_of_the_queue():
    book = applied(
        ("BUY", "1", "11"),
        ("BUY", "1", "14"),
        ("TRANSFER_IN", "2", None, carried((-3, "1", "10"), (1, "1", "12"))),
        ("SELL", "4", "400"),
    )
    # The one bought on the same day as ours arrived later, so it comes after ours.
    assert [piece.cost for piece in book.slices] == [10, 11, 12, 14]
    assert [piece.lot for piece in book.slices] == [3, 1, 4, 2]


def test_fewer_units_that_arrive_keep_all_of_the_cost():
    book = applied(("TRANSFER_IN", "2.7", None, carried((-9, "1", "10"), (-5, "2", "50"))))
    assert open_lots(book) == [("0.9", "10"), ("1.8", "50")]


def test_dust_that_rounds_to_nothing_on_arrival_keeps_its_cost():
    pieces = carried((-9, "1", "10"), (-5, "1e-18", "0.00000001"))
    book = applied(("TRANSFER_IN", "0.1", None, pieces))
    assert open_lots(book) == [("0.1", "10.00000001")]
    assert book.longs[0].purchased_at == day(-9)


def test_dust_of_unknown_cost_that_rounds_to_nothing_leaves_the_whole_unknown():
    pieces = carried((-9, "1e-18", "?"), (-5, "1", "10"))
    assert open_lots(applied(("TRANSFER_IN", "0.1", None, pieces))) == [("0.1", "?")]


def test_what_arrives_covers_what_was_oversold():
    book = applied(("SELL", "1", "30"), ("TRANSFER_IN", "2", None, carried((-9, "2", "50"))))
    assert slices(book) == [(2, "1", "30", "25")]
    assert open_lots(book) == [("1", "25")]


def test_a_transfer_from_nowhere_has_the_stated_cost_or_none():
    book = applied(("TRANSFER_IN", "2", "80"), ("TRANSFER_IN", "1", None))
    assert open_lots(book) == [("2", "80"), ("1", "?")]


def test_a_transfer_out_after_a_lot_arrived_in_an_earlier_run_knows_its_date():
    stored = Lot(7, 70, day(-3), Decimal(5), Decimal(50))
    book = applied(("TRANSFER_OUT", "2", None), book=Book([stored], next_sequence=8))
    assert book.carried_by(1) == carried((-3, "2", "20"))


# ---- going on from stored lots ---------------------------------------------------------------


def test_a_book_goes_on_where_another_one_stopped():
    first = applied(("BUY", "2", "20"), ("SELL", "1", "15"))
    lots = [*first.longs]
    second = Book(lots, next_sequence=first.next_sequence, realized=first.realized)
    applied(("BUY", "1", "30"), ("SELL", "2", "60"), book=second)
    assert [lot.sequence for lot in second.opened] == [2]
    assert slices(second) == [(2, "1", "30", "10"), (2, "1", "30", "30")]
    assert second.realized == 25
    assert sorted(second.touched) == [1, 2]


def test_stored_lots_are_sorted_whatever_their_order():
    lots = [Lot(2, 1, day(2), Decimal(1), Decimal(2)), Lot(1, 2, day(1), Decimal(1), Decimal(1))]
    shorts = [Lot(4, 1, day(2), Decimal(-1), None), Lot(3, 1, day(2), Decimal(-1), None)]
    book = Book([*lots, *shorts])
    assert [lot.sequence for lot in book.longs] == [1, 2]
    assert [lot.sequence for lot in book.shorts] == [3, 4]


# ---- the order of a day ----------------------------------------------------------------------


def test_a_day_without_times_is_split_then_in_then_transferred_then_out():
    kinds = sorted(Kind, key=lambda kind: (rank(kind), kind.value))
    moving = [
        kind.value for kind in kinds if kind not in {Kind.DIVIDEND, Kind.INTEREST, Kind.TAX}
        and kind not in {Kind.DEPOSIT, Kind.WITHDRAWAL}
    ]  # fmt: skip
    assert moving == [
        "SPLIT", "RETURN_OF_CAPITAL", "AIRDROP", "BUY", "MINING", "STAKING", "TRANSFER_IN",
        "TRANSFER_OUT", "FEE", "SELL",
    ]  # fmt: skip


# ---- the page --------------------------------------------------------------------------------


def worked_rows():
    table = PAGE.read_text().split("## Worked table")[1]
    for line in table.splitlines():
        if re.match(r"\| \d{4}-", line):
            yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def parsed_lots(cell):
    return [tuple(map(number, lot.split(": "))) for lot in cell.split(", ") if lot]


def test_the_worked_table_of_the_page_is_what_the_engine_computes():
    rows = list(worked_rows())
    assert len(rows) == 12
    book, seen = Book(), 0
    for index, row in enumerate(rows, start=1):
        when, kind, quantity, value, closed, gain, lots, held, cost = row
        entry = Entry(
            index,
            Kind(kind),
            datetime.fromisoformat(when).replace(tzinfo=UTC),
            Decimal(quantity or 0),
            number(value or "?"),
        )
        before = book.realized
        book.apply([entry])
        new, seen = book.slices[seen:], len(book.slices)
        assert [(piece.quantity, piece.proceeds, piece.cost) for piece in new] == [
            tuple(number(part) for part in re.split(r": | − ", piece))
            for piece in closed.split(", ")
            if piece
        ], row
        gains = [piece.gain for piece in new]
        if kind != "TRANSFER_OUT":
            total = None if None in gains else sum(gains, Decimal(0))
            assert total == number(gain or "0"), row
            if before is not None:
                assert book.realized == (None if total is None else before + total), row
        current = (*book.shorts, *book.longs)
        assert [(lot.remaining, lot.remaining_cost) for lot in current] == parsed_lots(lots), row
        assert (book.held(), book.total_cost()) == (number(held), number(cost)), row
