"""The lot engine against docs/algorithms/lots.md: every rule with its exact figures."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from portfolio.lots import Book, Entry, Issue, IssueCode, Lot, rank
from tests.portfolio.books import FIRST, applied, day, number, open_lots, plain, slices
from transactions.kinds import Kind

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "lots.md"


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
