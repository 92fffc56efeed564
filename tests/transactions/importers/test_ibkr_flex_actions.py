"""Corporate actions, transfers and cash of an Interactive Brokers Flex query."""

from decimal import Decimal

from tests.transactions.importers import golden
from tests.transactions.importers.flex import IMPORTER, by_line, outcomes
from transactions.importers.base import Ignored, ParsedTransaction, Rejected
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


# ---- events of several records -------------------------------------------------------------------


def events(*lines):
    """The rows of these lines of corporate_actions.xml, in short."""
    source = golden.source_of(golden.DATA / "ibkr-flex-xml" / "corporate_actions.xml")
    found = [one for one in IMPORTER.parse(source) if one.line in lines]
    return [
        (one.kind, one.security.ticker, one.quantity, one.amount)
        if isinstance(one, ParsedTransaction)
        else one
        for one in sorted(found, key=lambda one: one.line)
    ]


def test_what_takes_a_booking_back_is_a_row_and_the_one_made_anew_counts():
    assert events(7, 8, 9, 10, 11) == [
        (Kind.RETURN_OF_CAPITAL, "VMW", None, Decimal("142.5")),
        (Kind.TRANSFER_OUT, "VMW", 100, None),
        (Kind.TRANSFER_IN, "AVGO", 25, None),
        (Kind.TRANSFER_OUT, "AVGO", 25, None),
        (Kind.TRANSFER_IN, "AVGO", Decimal("25.2"), None),
    ]
    found = by_line("corporate_actions.xml")
    assert found[9].external_id == "903 cancels 902"
    assert (found[7].group, found[8].group) == (found[10].group, "")


def test_records_of_one_day_without_codes_take_each_other_back():
    found = by_line("all_records.xml")
    assert found[71] == Ignored(71, "corporate action that another record takes back")
    assert found[72] == Ignored(72, "corporate action that another record takes back")


def test_an_exchange_for_itself_that_is_taken_back_loses_no_record():
    record = (
        '<CorporateAction currency="USD" symbol="A" isin="" conid="1" quantity="{}" proceeds="0"'
        ' reportDate="202406{}" actionID="1" type="IC" code="{}" />'
    )
    found = outcomes(
        "<CorporateActions>",
        record.format(-5, 10, ""),
        record.format(5, 10, ""),
        record.format(5, 11, "Ca"),
        record.format(-5, 11, "Co;Ca"),
        "</CorporateActions>",
    )
    assert [(type(one), one.line) for one in sorted(found, key=lambda one: one.line)] == [
        (Ignored, line) for line in (3, 4, 5, 6)
    ]


def test_of_several_new_instruments_the_shares_take_the_cost_and_the_rest_is_unknown():
    assert events(12, 13, 14) == [
        (Kind.RETURN_OF_CAPITAL, "ABMD", None, 3800),
        (Kind.TRANSFER_OUT, "ABMD", 10, None),
        (Kind.TRANSFER_IN, "ABMD.CVR", 10, None),
        (Kind.TRANSFER_IN, "JNJ", 2, None),
    ]
    found = by_line("corporate_actions.xml")
    assert found[12].group == found[14].group == "corporate action 906"
    assert found[13].group == ""


def test_records_of_one_instrument_are_one_leg():
    assert events(15, 16, 17) == [
        (Kind.TRANSFER_OUT, "FB", 10, None),
        (Kind.TRANSFER_IN, "META", 10, None),
    ]
    assert by_line("corporate_actions.xml")[15].merged_lines == (16,)


def test_money_beside_a_split_or_an_exchange_of_equal_shares_is_not_lost():
    assert events(18, 19) == [
        (Kind.RETURN_OF_CAPITAL, "AMC", None, Decimal("4.2")),
        (Kind.SPLIT, "AMC", -50, 0),
    ]
    assert events(28, 29) == [(Kind.RETURN_OF_CAPITAL, "ENX", None, 12)]


def test_what_is_paid_for_shares_out_of_rights_adds_to_their_cost():
    assert events(23, 24) == [
        (Kind.RETURN_OF_CAPITAL, "RMR.RT", None, -95),
        (Kind.TRANSFER_OUT, "RMR.RT", 30, None),
        (Kind.TRANSFER_IN, "RMR", 10, None),
    ]


def test_maturity_tender_dividend_in_shares_spin_off_and_delisting():
    assert events(20, 21, 22, 25, 26, 27) == [
        (Kind.SELL, "UKT 1", 5000, 5000),
        (Kind.TRANSFER_OUT, "ALXN", 7, None),
        (Kind.TRANSFER_IN, "ALXN.TEN", 7, None),
        (Kind.SPLIT, "KO", 2, 0),
        (Kind.TRANSFER_IN, "SOLV", 3, None),
        (Kind.SELL, "WISH", 9, 0),
    ]


def test_money_in_two_currencies_refuses_the_event():
    record = (
        '<CorporateAction currency="{}" symbol="{}" isin="{}" conid="{}" quantity="{}" proceeds="5"'
        ' reportDate="20240610" actionID="1" type="TC" />'
    )
    found = outcomes(
        "<CorporateActions>",
        record.format("USD", "OLD", "", 1, -5),
        record.format("EUR", "NEW", "", 2, 5),
        "</CorporateActions>",
    )
    assert [one.reason for one in found] == [
        "the money of this corporate action is in several currencies"
    ] * 2


def test_transfer_has_the_cost_that_the_file_states_and_zero_is_none():
    lots = "lots of a transfer that is in the file"
    assert events(32, 33, 34, 35, 36) == [
        (Kind.TRANSFER_IN, "VOD", 100, 65),
        Ignored(33, lots),
        Ignored(34, lots),
        (Kind.TRANSFER_IN, "SAP", 5, None),
        (Kind.TRANSFER_OUT, "SAP", 5, None),
    ]


def test_same_event_of_two_accounts_is_two_events():
    record = (
        '<CorporateAction accountId="{}" currency="USD" symbol="{}" isin="{}" conid="{}" quantity="{}"'
        ' reportDate="20240610" actionID="1" type="TC" />'
    )
    found = outcomes(
        "<CorporateActions>",
        record.format("U1", "OLD", "", 1, -5),
        record.format("U2", "OLD", "", 1, -7),
        record.format("U1", "NEW", "", 2, 5),
        record.format("U2", "NEW", "", 2, 7),
        "</CorporateActions>",
        account="-",
    )
    assert sorted((one.portfolio, one.kind, one.quantity) for one in found) == [
        ("", Kind.TRANSFER_IN, 5),
        ("", Kind.TRANSFER_OUT, 5),
        ("U2", Kind.TRANSFER_IN, 7),
        ("U2", Kind.TRANSFER_OUT, 7),
    ]
