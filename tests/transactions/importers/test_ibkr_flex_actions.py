"""Corporate actions, transfers and cash of an Interactive Brokers Flex query."""

from decimal import Decimal

from tests.transactions.importers import golden
from tests.transactions.importers.flex import IMPORTER, by_line
from transactions.importers.base import Rejected
from transactions.kinds import Kind


def test_split_takes_effect_in_the_evening_before_and_adds_units():
    found = by_line("all_records.xml")[56]
    assert (found.kind, found.quantity, found.when.isoformat()) == (
        Kind.SPLIT,
        90,
        "2024-06-07T20:25:00",
    )


def test_reverse_split_of_one_instrument_is_one_event():
    found = by_line("all_records.xml")[74]
    assert (found.kind, found.quantity, found.merged_lines) == (Kind.SPLIT, -57, (73,))


def test_replacement_carries_the_cost_in_one_group():
    found = by_line("all_records.xml")
    assert [(found[line].kind, found[line].quantity, found[line].amount) for line in (57, 58)] == [
        (Kind.TRANSFER_OUT, 100, None),
        (Kind.TRANSFER_IN, 10, None),
    ]
    assert found[57].group == found[58].group == "corporate action 8002"
    assert found[61].security.isin == "US30231G1022"


def test_shares_and_money_for_shares_cut_the_cost_that_is_carried():
    source = golden.source_of(golden.DATA / "ibkr-flex-xml" / "all_records.xml")
    merger = [one for one in IMPORTER.parse(source) if one.line in {62, 63}]
    assert [(one.kind, one.security.ticker, one.quantity, one.amount) for one in merger] == [
        (Kind.RETURN_OF_CAPITAL, "HES", None, 25),
        (Kind.TRANSFER_OUT, "HES", 2, None),
        (Kind.TRANSFER_IN, "CVX", Decimal("2.05"), None),
    ]


def test_spin_off_and_rights_have_an_unknown_cost():
    found = by_line("all_records.xml")
    for line in (64, 65):
        assert (found[line].kind, found[line].amount, found[line].group) == (
            Kind.TRANSFER_IN,
            None,
            "",
        )


def test_worthless_shares_are_sold_for_nothing():
    found = by_line("all_records.xml")[67]
    assert (found.kind, found.quantity, found.amount) == (Kind.SELL, 40, 0)


def test_half_a_broken_event_is_refused_whole():
    found = by_line("broken.xml")
    assert isinstance(found[38], Rejected)
    assert isinstance(found[39], Rejected)


def test_transfer_has_no_cost_and_its_market_value_is_not_taken_for_one():
    found = by_line("all_records.xml")
    assert (found[79].kind, found[79].quantity, found[79].amount) == (Kind.TRANSFER_IN, 12, None)
    assert (found[81].kind, found[81].security, found[81].amount) == (
        Kind.TRANSFER_OUT,
        None,
        Decimal("250.5"),
    )


def test_money_is_booked_on_the_day_of_the_report():
    # A correction in September of the tax on a dividend in June.
    found = by_line("all_records.xml")[40]
    assert (found.kind, found.amount, found.when.date().isoformat(), found.has_time) == (
        Kind.TAX,
        Decimal("-0.23"),
        "2024-09-20",
        False,
    )
