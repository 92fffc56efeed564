"""What holds of lots whatever happened: nothing is lost, nothing is made, no float gets in."""

from collections import deque
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.lots import Book, Carried, Entry
from pricing.money import EXACT, ZERO
from transactions.kinds import ACQUISITIONS, Kind

# Histories are long; fifty of them a test say as much as the usual hundred short examples.
few = settings(max_examples=50)
START = datetime(2024, 1, 1, tzinfo=UTC)
STEP = timedelta(hours=5)

quantities = st.one_of(
    st.integers(1, 30).map(Decimal),
    st.decimals("0.000000000000000001", "1000", places=18),
    st.sampled_from([Decimal("1e-18"), Decimal("1e12")]),
)
amounts = st.one_of(
    st.integers(0, 1000).map(Decimal),
    st.decimals("0", "1e9", places=8),
    st.sampled_from([Decimal("0.00000001"), Decimal("0.00000003")]),
)
ratios = st.sampled_from([(2, 1), (3, 1), (3, 2), (1, 2), (1, 3), (7, 3), (1, 10)])
taking = st.sampled_from([Kind.BUY, Kind.STAKING, Kind.AIRDROP, Kind.MINING, Kind.TRANSFER_IN])
giving = st.sampled_from([Kind.SELL, Kind.SELL, Kind.FEE])


def total(values):
    result = ZERO
    for value in values:
        result = EXACT.add(result, value)
    return result


@st.composite
def histories(draw, known=True, size=12):
    """Entries in order; where a split or transfer needs holdings it fits them."""
    values = amounts if known else st.one_of(amounts, st.none())
    entries: list[Entry] = []
    book = Book()
    for number in range(1, draw(st.integers(1, size)) + 1):
        held = book.held()
        event = draw(st.integers(0, 9))
        if event < 4:
            entry = (draw(taking), draw(quantities), draw(values))
        elif event < 7:
            entry = (draw(giving), draw(quantities), draw(values))
        elif event == 7 and held > 0:
            up, down = draw(ratios)
            added = EXACT.divide(EXACT.multiply(held, Decimal(up - down)), Decimal(down))
            entry = (Kind.SPLIT, EXACT.quantize(added, Decimal("1e-18")), None)
        elif event == 8:
            entry = (Kind.RETURN_OF_CAPITAL, ZERO, draw(values))
        elif held > 0:
            entry = (Kind.TRANSFER_OUT, min(held, draw(quantities)), None)
        else:
            continue
        entries.append(Entry(number, entry[0], START + number * STEP, entry[1], entry[2]))
        before = len(book.issues)
        book.apply(entries[-1:])
        if known and len(book.issues) > before:
            # A split that would leave a lot without units has an unknown cost; not here.
            entries.pop()
            book = Book()
            book.apply(entries)
    return entries


def applied(entries):
    book = Book()
    book.apply(entries)
    return book


def moved(entry):
    if entry.kind in {*ACQUISITIONS, Kind.TRANSFER_IN, Kind.SPLIT}:
        return entry.quantity
    return ZERO if entry.kind is Kind.RETURN_OF_CAPITAL else entry.quantity.copy_negate()


@few
@given(histories(known=False))
def test_units_held_are_exactly_those_that_the_transactions_moved(entries):
    book = applied(entries)
    assert book.held() == total(moved(entry) for entry in entries)
    assert not (book.longs and book.shorts)
    assert all(lot.remaining > 0 for lot in book.longs)
    assert all(lot.remaining < 0 for lot in book.shorts)
    assert list(book.longs) == sorted(book.longs)


@few
@given(histories())
def test_every_cent_of_cost_is_in_an_open_lot_in_a_disposal_or_was_returned(entries):
    book = applied(entries)
    paid = total(e.value for e in entries if e.kind in {*ACQUISITIONS, Kind.TRANSFER_IN})
    back = total(e.value for e in entries if e.kind is Kind.RETURN_OF_CAPITAL)
    received = total(e.value for e in entries if e.kind in {Kind.SELL, Kind.FEE})
    transfers = {entry.transaction for entry in entries if entry.kind is Kind.TRANSFER_OUT}
    gone = total(piece.cost for piece in book.slices if piece.transaction in transfers)
    oversold = total(lot.remaining_cost.copy_negate() for lot in book.shorts)
    # What came in less what went out is gained, still invested, carried away, or owed by a cover.
    assert total([received, back, book.total_cost(), gone]) == total(
        [book.realized, oversold, paid]
    )


@few
@given(histories())
def test_proceeds_are_handed_out_to_the_last_digit(entries):
    book = applied(entries)
    sales = {entry.transaction for entry in entries if entry.kind in {Kind.SELL, Kind.FEE}}
    capital = {entry.transaction for entry in entries if entry.kind is Kind.RETURN_OF_CAPITAL}
    received = total(entry.value for entry in entries if entry.transaction in sales)
    proceeds = total(
        piece.proceeds
        for piece in book.slices
        if piece.proceeds is not None and piece.transaction not in capital
    )
    assert total([proceeds, *(lot.remaining_cost.copy_negate() for lot in book.shorts)]) == received


@few
@given(histories())
def test_the_gain_of_the_position_is_the_sum_of_its_slices(entries):
    book = applied(entries)
    gains = [piece.gain for piece in book.slices if piece.gain is not None]
    homeless = ZERO
    seen = Book()
    for entry in entries:
        if entry.kind is Kind.RETURN_OF_CAPITAL and not seen.longs:
            homeless = EXACT.add(homeless, entry.value)
        seen.apply([entry])
    assert book.realized == total([*gains, homeless])


@few
@given(histories(known=False))
def test_selling_all_that_is_held_leaves_exactly_nothing(entries):
    book = applied(entries)
    held = book.held()
    kind = Kind.SELL if held > 0 else Kind.BUY
    if held:
        book.apply([Entry(999, kind, START + 999 * STEP, held.copy_abs(), Decimal("123.45"))])
    assert book.held() == 0
    assert book.total_cost() == 0
    assert not book.longs
    assert not book.shorts
    assert all(not lot.remaining for lot in book.opened)
    assert all(not lot.remaining_cost for lot in book.opened)
    assert book.state_issues() == []


@few
@given(histories(known=False))
def test_every_figure_is_a_finite_decimal_or_unknown(entries):
    book = applied(entries)
    figures = [book.held(), book.total_cost(), book.realized]
    for lot in book.opened:
        figures += [lot.quantity, lot.remaining, lot.cost, lot.remaining_cost]
    for piece in book.slices:
        figures += [piece.quantity, piece.proceeds, piece.cost, piece.gain]
    known = [figure for figure in figures if figure is not None]
    assert all(type(figure) is Decimal and figure.is_finite() for figure in known)


@few
@given(histories(known=False))
def test_amounts_have_eight_decimals_and_units_eighteen(entries):
    book = applied(entries)
    for lot in book.opened:
        assert lot.remaining == EXACT.quantize(lot.remaining, Decimal("1e-18"))
        for cost in (lot.cost, lot.remaining_cost):
            assert cost is None or cost == EXACT.quantize(cost, Decimal("1e-8"))
    for piece in book.slices:
        for money in (piece.proceeds, piece.cost, piece.gain):
            assert money is None or money == EXACT.quantize(money, Decimal("1e-8"))


@few
@given(histories(known=False))
def test_a_gain_is_unknown_exactly_where_something_said_so(entries):
    book = applied(entries)
    codes = {issue.code.value for issue in book.issues}
    unknown = bool(codes & {"unknown-cost", "unknown-proceeds"})
    assert (book.realized is None) == unknown


@few
@given(histories(known=False), st.integers(0, 12))
def test_going_on_from_the_open_lots_gives_what_one_run_gives(entries, cut):
    whole, first = applied(entries), applied(entries[:cut])
    open_lots = [*first.longs, *first.shorts]
    second = Book(open_lots, next_sequence=first.next_sequence, realized=first.realized)
    second.apply(entries[cut:])

    def figures(book):
        lots = [*book.longs, *book.shorts]
        return [
            book.held(),
            book.total_cost(),
            book.realized,
            [(lot.sequence, lot.quantity, lot.remaining, lot.cost) for lot in lots],
            [lot.remaining_cost for lot in lots],
            book.state_issues(),
        ]

    assert figures(second) == figures(whole)
    assert [*first.slices, *second.slices] == whole.slices
    assert [*first.issues, *second.issues] == whole.issues


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40), st.integers(0, 999)), max_size=40))
def test_the_figures_agree_with_selling_unit_by_unit(trades):
    book, queue = Book(), deque()
    for number, (buys, units, money) in enumerate(trades, start=1):
        quantity = units if buys else min(units, len(queue))
        if not quantity:
            continue
        kind = Kind.BUY if buys else Kind.SELL
        at = START + number * STEP
        book.apply([Entry(number, kind, at, Decimal(quantity), Decimal(money))])
        if buys:
            queue.extend([Fraction(money, units)] * units)
        else:
            expected = sum(queue.popleft() for _ in range(quantity))
            cost = total(piece.cost for piece in book.slices if piece.transaction == number)
            assert abs(Fraction(cost) - expected) < Fraction(1, 10**6)
    assert book.held() == len(queue)


@given(
    st.lists(st.tuples(quantities, amounts), min_size=1, max_size=8),
    st.decimals("0.000000000000000001", "1e13", places=18),
)
def test_what_arrives_has_all_the_cost_that_left_and_exactly_the_units_of_the_row(pieces, units):
    carried = tuple(
        Carried(START + number * STEP, quantity, cost)
        for number, (quantity, cost) in enumerate(pieces)
    )
    book = applied([Entry(1, Kind.TRANSFER_IN, START, units, None, carried)])
    assert book.held() == units
    assert book.total_cost() == total(cost for _, cost in pieces)
    assert all(lot.remaining > 0 for lot in book.longs)
