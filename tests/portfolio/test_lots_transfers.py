"""Lots that leave one position and arrive in another, with their cost and dates."""

from decimal import Decimal

from portfolio.lots import Book, Issue, IssueCode, Lot
from tests.portfolio.books import applied, carried, day, open_lots, slices


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
