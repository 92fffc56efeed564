"""Splits and returns of capital in the lot engine, as docs/algorithms/lots.md has them."""

from decimal import Decimal

from portfolio.lots import Issue, IssueCode
from tests.portfolio.books import applied, day, open_lots, slices

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
