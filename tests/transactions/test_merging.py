"""Two instruments that are the same become one, and every position follows."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portfolio.as_of import books_on
from portfolio.models import Position
from portfolio.verify import verify
from pricing.models import Instrument, InstrumentName, PriceHistory, Split
from tests.factories import AccountFactory, InstrumentFactory, ledger
from tests.portfolio.test_beancount_export import assert_agrees
from transactions.importers.base import Security
from transactions.ledger import link_transfer
from transactions.merging import NotMergeable, merge_instruments
from transactions.models import Transaction
from transactions.resolve import resolve

APPLE, MICROSOFT = "US0378331005", "US5949181045"

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(alice):
    InstrumentFactory(ticker="FB", isin=APPLE, name="Facebook")
    InstrumentFactory(ticker="META", isin=MICROSOFT)
    return AccountFactory(owner=alice, currency="EUR")


def held(account):
    return [
        (one.instrument_id, one.quantity, one.total_cost, one.realized_pl, one.issues)
        for one in Position.objects.filter(account=account).order_by("instrument__ticker")
    ]


def price(ticker, day, close):
    PriceHistory.objects.create(
        instrument_id=ticker, date=day, close_price=Decimal(close), currency="EUR", source="manual"
    )


def test_a_sale_under_the_new_name_finds_what_was_bought_under_the_old_one(account):
    ledger(account, "2026-01-05 BUY 10 FB @ 5", "2026-02-05 SELL 4 META @ 8")
    assert merge_instruments("FB", "META") == 1
    assert held(account) == [("META", 6, 30, 12, [])]
    assert not Instrument.objects.filter(ticker="FB").exists()


def test_rows_that_are_equal_but_for_the_name_stay_two(account):
    ledger(account, "2026-01-05 BUY 10 FB @ 5", "2026-01-05 BUY 10 META @ 5")
    merge_instruments("FB", "META")
    assert held(account) == [("META", 20, 100, 0, [])]
    found = Transaction.objects.order_by("occurrence").values_list("occurrence", flat=True)
    assert list(found) == [1, 2]


@pytest.mark.parametrize(("received", "kept"), [(10, 10), (2, 2)])
def test_an_exchange_of_the_old_for_the_new_moves_nothing_or_splits(account, received, kept):
    rows = ledger(
        account,
        "2026-01-05 BUY 10 FB @ 5",
        "2026-02-05 TRANSFER_OUT 10 FB",
        f"2026-02-05 TRANSFER_IN {received} META",
    )
    link_transfer(rows[1], rows[2])
    before = held(account)[-1]
    merge_instruments("FB", "META")
    assert held(account) == [("META", kept, 50, 0, [])]
    assert before[1:3] == (kept, 50)
    lot = Position.objects.get(account=account).lots.get()
    assert lot.purchase_date.date() == date(2026, 1, 5)


@pytest.mark.parametrize("received", [10, 2, 30])
def test_every_way_of_computing_agrees_on_a_merged_exchange(account, alice, tmp_path, received):
    rows = ledger(
        account,
        "2026-01-05 BUY 10 FB @ 5",
        "2026-02-05 TRANSFER_OUT 10 FB",
        f"2026-02-05 TRANSFER_IN {received} META",
        "2026-03-05 SELL 1 META @ 30",
    )
    link_transfer(rows[1], rows[2])
    merge_instruments("FB", "META")
    assert verify([account]) == []
    (past,) = books_on([account], date(2026, 4, 1))
    stored = Position.objects.get(account=account)
    assert past.position.quantity == stored.quantity == received - 1
    assert past.position.realized_pl == stored.realized_pl
    assert_agrees(alice, tmp_path)


def test_an_exchange_of_what_was_never_bought_keeps_its_issue(account):
    rows = ledger(account, "2026-02-05 TRANSFER_OUT 10 FB", "2026-02-05 TRANSFER_IN 10 META")
    link_transfer(*rows)
    merge_instruments("FB", "META")
    (position,) = held(account)
    assert position[:2] == ("META", 0)
    assert position[4]


def test_the_old_names_lead_to_the_new_instrument(account):
    InstrumentName.objects.create(instrument_id="FB", kind="TICKER", value="FB2", currency="USD")
    merge_instruments("FB", "META")
    found = {(one.instrument_id, one.value) for one in InstrumentName.objects.all()}
    assert found == {("META", "FB"), ("META", "FB2"), ("META", APPLE)}
    old = Security("FB", APPLE)
    assert resolve([old]) == {old: "META"}
    assert Instrument.objects.get().name == "Facebook"


def test_the_only_isin_becomes_that_of_the_one_that_stays(account):
    Instrument.objects.filter(ticker="META").update(isin="", asset_type="OTHER")
    merge_instruments("FB", "META")
    found = Instrument.objects.get()
    assert (found.isin, found.asset_type) == (APPLE, "STOCK")


def test_prices_and_splits_move_where_the_new_one_has_none(account):
    day, next_day = date(2026, 1, 5), date(2026, 1, 6)
    price("FB", day, 5)
    price("FB", next_day, 6)
    price("META", next_day, 7)
    Split.objects.create(instrument_id="FB", date=day, numerator=2, denominator=1, source="manual")
    merge_instruments("FB", "META")
    found = PriceHistory.objects.order_by("date").values_list("instrument__ticker", "close_price")
    assert list(found) == [("META", 5), ("META", 7)]
    assert Split.objects.get().instrument_id == "META"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("FB", "FB", "FB is one instrument already."),
        ("FB", "NONE", "There is no instrument NONE."),
        (
            "FB",
            "COIN",
            "FB is of the type Stock and COIN of the type Crypto; change one of them first",
        ),
    ],
)
def test_what_cannot_be_one_is_refused_with_a_sentence(account, old, new, reason):
    InstrumentFactory(ticker="COIN", asset_type="CRYPTO")
    with pytest.raises(NotMergeable, match=reason.replace(".", r"\.")):
        merge_instruments(old, new)


def test_the_command_merges_and_says_so(account):
    ledger(account, "2026-01-05 BUY 10 FB @ 5")
    out = StringIO()
    call_command("merge_instruments", "FB", "META", stdout=out)
    assert out.getvalue() == "FB is META now; 1 transaction moved.\n"
    with pytest.raises(CommandError, match="There is no instrument FB"):
        call_command("merge_instruments", "FB", "META")
