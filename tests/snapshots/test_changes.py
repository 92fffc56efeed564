"""What changed against docs/algorithms/attribution.md, and sums that must always hold."""

from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from pricing.money import EXACT
from snapshots.changes import Change, Held, Part, Row, Side, explain
from tests.snapshots.pages import worked_table

DOLLARS_BEFORE, DOLLARS_BETWEEN, DOLLARS_AFTER = D("0.5"), D("0.8"), D(1)


def of_page(*more, before=None, after=None):
    rows = [
        Row(
            "SHARE",
            D(5),
            D(900),
            D(900) / DOLLARS_BETWEEN,
            fee=D(2),
            cash=D(-902),
        ),
        Row("SHARE", income=D(40), tax=D(6), cash=D(34)),
        Row(cash=D(1000)),
        *more,
    ]
    held = {"SHARE": Held(D(10), D(1000), DOLLARS_BEFORE)}
    later = {"SHARE": Held(D(15), D(3000), DOLLARS_AFTER)}
    return Part(
        before or Side(D(1300), D(300), held=held),
        after or Side(D(3432), D(432), held=later),
        D(1000),
        rows,
    )


def test_the_worked_table_comes_out():
    change = explain([of_page()])
    shown = {
        "Before": change.before,
        "Flows": change.flows,
        "Income": change.income,
        "Fees": change.fees,
        "Taxes": change.taxes,
        "Currency": change.currency,
        "Price": change.price,
        "Edits": change.edits,
        "After": change.after,
    }
    assert shown == {row[0]: D(row[1]) for row in worked_table("attribution.md")}
    assert change.elsewhere.price == 0
    assert change.instruments["SHARE"].price == -125


def test_units_that_no_row_explains_are_edits():
    held = {"SHARE": Held(D(16), D(3200), DOLLARS_AFTER)}
    change = explain([of_page(after=Side(D(3632), D(432), held=held))])
    assert (change.edits, change.price, change.elsewhere.price) == (200, -125, 0)


def test_units_that_vanished_without_a_row_are_edits_at_their_old_value():
    before = Side(D(50), held={"OLD": Held(D(5), D(50))})
    change = explain([Part(before, Side(D(0)), D(0), [])])
    assert (change.edits, change.price) == (-50, 0)


def test_cash_that_no_row_explains_is_an_edit():
    change = explain([Part(Side(D(5), D(5)), Side(D(8), D(8)), D(0), [])])
    assert (change.edits, change.price) == (3, 0)


def test_what_converting_rows_at_8_decimals_leaves_is_no_edit():
    before, after = Side(D(0), D(0), D("0.3")), Side(D("10.00000001"), D("10.00000001"), D("0.3"))
    change = explain(
        [Part(before, after, D(10), [Row(cash=D(10), own_cash=EXACT.divide(D(10), D("0.3")))])]
    )
    assert (change.currency, change.edits) == (D("1e-8"), 0)


def test_cash_in_several_currencies_changes_by_rates():
    part = Part(Side(D(5), D(5)), Side(D(8), D(8)), D(0), [], has_foreign_cash=True)
    assert (explain([part]).currency, explain([part]).edits) == (3, 0)


def test_cash_of_an_account_in_another_currency_changes_by_rates():
    before, after = Side(D(50), D(50), D("0.5")), Side(D(120), D(120), D(1))
    change = explain([Part(before, after, D(16), [Row(cash=D(16), own_cash=D(20))])])
    assert (change.currency, change.price, change.edits) == (54, 0, 0)


def test_a_split_is_neither_edit_nor_price():
    before = Side(D(100), held={"AAA": Held(D(10), D(100))})
    after = Side(D(100), held={"AAA": Held(D(20), D(100))})
    change = explain([Part(before, after, D(0), [Row("AAA", D(10))])])
    assert (change.edits, change.price) == (0, 0)


def test_what_was_bought_and_sold_in_between_has_its_gain_in_the_price():
    rows = [Row("AAA", D(5), D(50)), Row("AAA", D(-5), D(-70))]
    change = explain([Part(Side(D(0)), Side(D(0)), D(-20), rows)])
    assert (change.price, change.instruments["AAA"].price) == (20, 20)


def test_an_account_without_cash_has_its_rows_as_flows():
    # Bought for 100 with a fee of 2, dividend of 5 less tax of 1 paid out.
    rows = [Row("AAA", D(1), D(100), fee=D(2)), Row("AAA", income=D(5), tax=D(1))]
    after = Side(D(103), held={"AAA": Held(D(1), D(103))})
    change = explain([Part(Side(D(0)), after, D(102) - D(4), rows)])
    assert (change.price, change.edits, change.elsewhere.price) == (3, 0, 0)


def test_what_has_no_value_yet_belongs_to_no_single_instrument():
    before = Side(D(0), held={"NEW": Held(D(3), None, None)})
    after = Side(D(30), held={"NEW": Held(D(3), D(30))})
    change = explain([Part(before, after, D(30), [])])
    assert (change.price, change.edits) == (0, 0)
    assert (change.instruments["NEW"].price, change.elsewhere.price) == (30, -30)


def test_several_accounts_add_up():
    change = explain([of_page(), of_page()])
    assert (change.before, change.currency, change.price) == (2600, 2450, -250)
    assert change.instruments["SHARE"].invested == 1800


def test_nothing_changed_nothing():
    assert explain([]) == Change()


amounts = st.integers(-(10**10), 10**10).map(lambda n: D(n) / 1000)
rates = st.integers(1, 10**6).map(lambda n: D(n) / 7919)
helds = st.builds(Held, amounts, st.none() | amounts, st.none() | rates)
sides = st.builds(
    Side, amounts, amounts, rates, st.dictionaries(st.sampled_from("ABC"), helds, max_size=3)
)
rows = st.builds(
    Row,
    st.sampled_from(["", "A", "B", "C", "D"]),
    *(amounts, amounts, st.none() | amounts),
    *(amounts, amounts, amounts, amounts, st.none() | amounts),
)
parts = st.builds(Part, sides, sides, amounts, st.lists(rows, max_size=5), st.booleans())


@given(st.lists(parts, max_size=3))
def test_the_parts_add_up_to_the_last_digit(found):
    change = explain(found)
    total = change.before
    for part in (change.flows, change.income, change.lost_to_fees, change.lost_to_taxes):
        total = EXACT.add(total, part)
    for part in (change.currency, change.price, change.edits):
        total = EXACT.add(total, part)
    assert total == change.after
    prices = change.elsewhere.price
    for one in change.instruments.values():
        prices = EXACT.add(prices, one.price)
    assert prices == change.price
