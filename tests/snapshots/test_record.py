"""Stored snapshots follow ledger, prices and rates, whatever changes and in which order."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pricing.models import ExchangeRate, PriceHistory, Split
from pricing.signals import prices_changed, rates_changed
from snapshots import record
from snapshots.models import PortfolioSnapshot, StaleMark
from snapshots.record import record_account
from snapshots.verify import verify
from tests.factories import AccountFactory, InstrumentFactory, ledger
from transactions.ledger import delete_transactions, link_transfer
from transactions.models import Account, Transaction

pytestmark = pytest.mark.django_db
LAST = date(2026, 5, 6)


def may(number):
    return date(2026, 5, number)


@pytest.fixture
def account(alice):
    return AccountFactory(owner=alice)


def price(ticker, number, close, currency="EUR", **fields):
    """Enter a price as the pricing app does: the signal comes with it."""
    PriceHistory.objects.update_or_create(
        instrument=InstrumentFactory(ticker=ticker),
        date=may(number),
        source="manual",
        defaults={"close_price": Decimal(close), "currency": currency, **fields},
    )
    prices_changed.send(sender=None, since={ticker: may(number)})


def rate(number, per_euro, currency="USD"):
    ExchangeRate.objects.create(
        currency=currency, date=may(number), rate=Decimal(per_euro), source="ecb"
    )
    rates_changed.send(sender=None, since={currency: may(number)})


def stored(account):
    """``{1: "30", 2: "36"}``: the values of the days of May."""
    return {
        snapshot.snapshot_date.day: f"{snapshot.total_value.normalize():f}"
        for snapshot in account.snapshots.order_by("snapshot_date")
    }


def marks(account):
    return list(account.stale_marks.order_by("pk").values_list("since", flat=True))


def test_there_is_a_row_for_every_day_from_the_first_transaction_on(account):
    price("AAA", 1, 10)
    price("AAA", 4, 12)
    ledger(account, "2026-05-02 BUY 3 AAA @ 9", "2026-05-05T10:00 SELL 1 AAA @ 11")
    assert record_account(account, LAST) == (may(2), 5)
    assert stored(account) == {2: "30", 3: "30", 4: "36", 5: "24", 6: "24"}
    bought, sold = (account.snapshots.get(snapshot_date=may(on)) for on in (2, 5))
    assert (bought.inflow, bought.outflow, bought.net_flow) == (27, 0, 27)
    assert (sold.inflow, sold.outflow, sold.net_flow) == (0, 11, -11)
    assert bought.cash_balance is None
    assert bought.is_complete
    assert bought.positions_json == [
        {
            "ticker": "AAA",
            "quantity": "3",
            "price": "10",
            "currency": "EUR",
            "price_date": "2026-05-01",
            "rate": "1",
            "value": "30",
        }
    ]


def test_what_is_up_to_date_is_not_written_again(account):
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    record_account(account, LAST)
    before = list(account.snapshots.values_list("pk", "created_at"))
    assert record_account(account, LAST) == (None, 0)
    assert list(account.snapshots.values_list("pk", "created_at")) == before


def test_a_changed_row_makes_its_day_and_all_later_ones_stale_and_only_those(account):
    price("AAA", 1, 10)
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    record_account(account, LAST)
    kept = list(account.snapshots.filter(snapshot_date__lt=may(4)).values_list("pk", flat=True))
    ledger(account, "2026-05-04 BUY 1 AAA @ 10")
    stale = {one.snapshot_date.day: one.is_stale for one in account.snapshots.all()}
    assert stale == {2: False, 3: False, 4: True, 5: True, 6: True}
    assert record_account(account, LAST) == (may(4), 3)
    assert stored(account) == {2: "30", 3: "30", 4: "40", 5: "40", 6: "40"}
    assert list(account.snapshots.filter(pk__in=kept).values_list("pk", flat=True)) == kept
    assert marks(account) == []
    assert not account.snapshots.filter(is_stale=True).exists()


def test_an_earlier_first_row_adds_days_and_its_removal_takes_them_away(account):
    ledger(account, "2026-05-04 BUY 3 AAA @ 9")
    price("AAA", 1, 10)
    record_account(account, LAST)
    (early,) = ledger(account, "2026-05-01 BUY 1 AAA @ 9")
    record_account(account, LAST)
    assert list(stored(account)) == [1, 2, 3, 4, 5, 6]
    delete_transactions(account, [early.pk])
    record_account(account, LAST)
    assert stored(account) == {4: "30", 5: "30", 6: "30"}


def test_without_rows_there_are_no_snapshots(account):
    (only,) = ledger(account, "2026-05-04 BUY 3 AAA @ 9")
    record_account(account, LAST)
    delete_transactions(account, [only.pk])
    assert record_account(account, LAST) == (None, 0)
    assert (stored(account), marks(account)) == ({}, [])


def test_a_changed_price_marks_the_accounts_that_hold_the_instrument(account):
    other = AccountFactory(owner=account.owner)
    sold = AccountFactory(owner=account.owner)
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    ledger(other, "2026-05-02 BUY 3 BBB @ 9")
    ledger(sold, "2026-05-02 BUY 3 AAA @ 9", "2026-05-03T10:00 SELL 3 AAA @ 9")
    for one in (account, other, sold):
        record_account(one, LAST)
    price("AAA", 4, 11)
    assert [marks(one) for one in (account, other, sold)] == [[may(4)], [], []]
    record_account(account, LAST)
    assert stored(account) == {2: "0", 3: "0", 4: "33", 5: "33", 6: "33"}
    assert account.snapshots.get(snapshot_date=may(4)).inflow == 33


def test_a_changed_rate_marks_the_accounts_that_have_the_currency(account):
    dollars = AccountFactory(owner=account.owner, currency="USD")
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    ledger(dollars, "2026-05-02 BUY 3 AAA @ 9")
    price("AAA", 1, 10)
    rate(1, "1.25")
    for one in (account, dollars):
        record_account(one, LAST)
    rate(4, "1.5")
    assert [marks(one) for one in (account, dollars)] == [[], [may(4)]]
    record_account(dollars, LAST)
    assert stored(dollars) == {2: "37.5", 3: "37.5", 4: "45", 5: "45", 6: "45"}


@pytest.mark.parametrize("is_adjusted", [False, True])
def test_the_value_goes_on_across_a_split_however_prices_are_told(account, is_adjusted):
    ledger(account, "2026-05-02 BUY 3 AAA @ 9", "2026-05-04 SPLIT 3 AAA")
    recorded = datetime(2026, 5, 10, tzinfo=UTC)
    for number, close in ((1, 10), (4, 5)):
        told = 5 if is_adjusted else close
        price("AAA", number, told, adjusted_for_splits=is_adjusted, created_at=recorded)
    record_account(account, LAST)
    assert stored(account) == dict.fromkeys(range(2, 7), "30")
    Split.objects.create(
        instrument_id="AAA", date=may(4), numerator=2, denominator=1, source="manual"
    )
    prices_changed.send(sender=None, since={"AAA": date.min})
    record_account(account, LAST)
    assert stored(account) == dict.fromkeys(range(2, 7), "30")


def test_a_split_of_what_has_no_price_leaves_its_value_unknown(account):
    ledger(account, "2026-05-02 BUY 3 AAA @ 9", "2026-05-04 SPLIT 3 AAA")
    record_account(account, LAST)
    assert stored(account) == dict.fromkeys(range(2, 7), "0")
    assert not PortfolioSnapshot.objects.filter(account=account, is_complete=True).exists()


def test_a_split_that_only_the_ledger_tells_changes_the_days_before_it(account):
    """Adjusted prices are in the units of after the split, whose row is entered later and taken back."""
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    recorded = datetime(2026, 5, 10, tzinfo=UTC)
    price("AAA", 1, 5, adjusted_for_splits=True, created_at=recorded)
    record_account(account, LAST)
    (split,) = ledger(account, "2026-05-04 SPLIT 3 AAA")
    record_account(account, LAST)
    assert stored(account) == dict.fromkeys(range(2, 7), "30")
    delete_transactions(account, [split.pk])
    record_account(account, LAST)
    assert stored(account) == dict.fromkeys(range(2, 7), "15")


def test_tracking_cash_from_now_on_records_all_days_anew(account):
    ledger(account, "2026-05-02 DEPOSIT 100", "2026-05-05 DEPOSIT 10")
    record_account(account, LAST)
    assert set(stored(account).values()) == {"0"}
    Account.objects.filter(pk=account.pk).update(tracks_cash=True)
    StaleMark.objects.create(account=account, since=may(6))
    record_account(account, LAST)
    assert stored(account) == {2: "100", 3: "100", 4: "100", 5: "110", 6: "110"}


def test_linked_transfers_between_own_accounts_are_moved(account):
    other = AccountFactory(owner=account.owner)
    price("AAA", 1, 10)
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    (out,) = ledger(account, "2026-05-03T10:00 TRANSFER_OUT 2 AAA")
    (into,) = ledger(other, "2026-05-03T11:00 TRANSFER_IN 2 AAA")
    link_transfer(out, into)
    for one in (account, other):
        record_account(one, LAST)
    left = account.snapshots.get(snapshot_date=may(3))
    came = other.snapshots.get(snapshot_date=may(3))
    assert (left.moved_out, left.outflow, left.net_flow) == (20, 0, -20)
    assert (came.moved_in, came.inflow, came.net_flow) == (20, 0, 20)


def test_days_are_written_in_chunks_and_a_mark_says_how_far(account, monkeypatch):
    monkeypatch.setattr(record, "CHUNK", record.ONE_DAY * 2)
    price("AAA", 1, 10)
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    seen = []

    def look(done, first, last):
        seen.append((done.day, first.day, last.day, marks(account)))

    assert record_account(account, LAST, look) == (may(2), 5)
    assert seen == [(3, 2, 6, [may(4)]), (5, 2, 6, [may(6)]), (6, 2, 6, [])]
    assert stored(account) == dict.fromkeys(range(2, 7), "30")


def test_what_was_sold_in_an_earlier_chunk_keeps_its_currency(account, monkeypatch):
    monkeypatch.setattr(record, "CHUNK", record.ONE_DAY * 2)
    price("UUU", 1, 10, currency="USD")
    rate(1, "1.25")
    ledger(account, "2026-05-02 BUY 3 UUU @ 9", "2026-05-03T10:00 SELL 3 UUU @ 9")
    record_account(account, LAST)
    assert stored(account) == {2: "24", 3: "0", 4: "0", 5: "0", 6: "0"}


def test_a_change_between_two_chunks_is_not_lost(account, monkeypatch):
    monkeypatch.setattr(record, "CHUNK", record.ONE_DAY * 2)
    price("AAA", 1, 10)
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")

    def interfere(done, first, last):
        if Transaction.objects.count() == 1:
            ledger(account, "2026-05-01 BUY 1 AAA @ 9")

    record_account(account, LAST, interfere)
    assert stored(account) == {1: "10"} | dict.fromkeys(range(2, 7), "40")
    assert marks(account) == []


def test_an_earlier_day_can_be_recorded_while_later_ones_stay_stale(account):
    price("AAA", 1, 10)
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    record_account(account, LAST)
    ledger(account, "2026-05-02T10:00 BUY 1 AAA @ 9")
    record_account(account, may(3))
    assert stored(account) == {2: "40", 3: "40", 4: "30", 5: "30", 6: "30"}
    assert {one.snapshot_date.day for one in account.snapshots.filter(is_stale=True)} == {4, 5, 6}
    record_account(account, LAST)
    assert set(stored(account).values()) == {"40"}


def test_verify_finds_what_was_tampered_with_and_changes_nothing(account):
    price("AAA", 1, 10)
    ledger(account, "2026-05-02 BUY 3 AAA @ 9")
    record_account(account, LAST)
    assert verify([account]) == []
    PortfolioSnapshot.objects.filter(account=account, snapshot_date=may(3)).update(total_value=31)
    before = list(account.snapshots.values_list())
    assert verify([account]) == [
        f"{account.name}: the snapshot of 2026-05-03 differs from what ledger, prices and rates give."
    ]
    assert list(account.snapshots.values_list()) == before
