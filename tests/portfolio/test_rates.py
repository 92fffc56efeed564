"""What is fixed on the day of a row, by which rate, and what a rate that arrives later changes."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import transaction

from portfolio.models import Disposal, Lot, Position
from portfolio.verify import verify
from pricing.models import ExchangeRate
from pricing.signals import rates_changed
from tests.factories import AccountFactory, ledger
from transactions.ledger import link_transfer
from transactions.models import Account

pytestmark = pytest.mark.django_db


def published(**rates):
    """``published(USD=[("2024-01-05", "1.25")])``: store rates and tell it, as a refresh does."""
    with transaction.atomic():
        for currency, days in rates.items():
            for day, rate in days:
                ExchangeRate.objects.update_or_create(
                    currency=currency, date=day, defaults={"rate": D(rate), "source": "ecb"}
                )
        first = {code: date.fromisoformat(min(days)[0]) for code, days in rates.items()}
        rates_changed.send(sender=ExchangeRate, since=first)


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


def lot_rates(**of):
    return list(Lot.objects.filter(**of).order_by("pk").values_list("account_rate", flat=True))


def test_in_the_currency_of_the_account_it_is_one(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", "2024-02-01 SELL 4 AAA @ 6")
    assert lot_rates() == [D(1)]
    assert Disposal.objects.get().account_rate == 1


def test_the_rate_of_the_row_itself_comes_first(broker):
    published(USD=[("2024-01-05", "1.25")])
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", currency="USD", fx_rate=D("0.9"))
    ledger(broker, "2024-02-01 SELL 4 AAA @ 6", currency="USD", fx_rate=D("0.95"))
    assert lot_rates() == [D("0.9")]
    assert Disposal.objects.get().account_rate == D("0.95")


def test_else_the_last_one_published_until_that_day(broker):
    published(USD=[("2024-01-05", "1.25"), ("2024-02-01", "1.6")])
    ledger(
        broker,
        "2024-01-07 BUY 10 AAA @ 5",  # a Sunday
        "2024-02-01 SELL 4 AAA @ 6",
        currency="USD",
    )
    assert lot_rates() == [D("0.8")]
    assert Disposal.objects.get().account_rate == D("0.625")


def test_a_rate_of_exactly_one_in_the_file_is_a_placeholder(broker):
    published(USD=[("2024-01-05", "1.25")])
    ledger(broker, "2024-01-07 BUY 10 AAA @ 5", currency="USD", fx_rate=D(1))
    assert lot_rates() == [D("0.8")]


def test_without_any_rate_it_is_unknown(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", "2024-02-01 SELL 4 AAA @ 6", currency="USD")
    assert lot_rates() == [None]
    assert Disposal.objects.get().account_rate is None


def test_it_has_eighteen_decimals(broker):
    published(USD=[("2024-01-05", "1.1")])
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", currency="USD")
    assert lot_rates() == [D("0.909090909090909091")]


def test_later_rates_never_touch_it(broker):
    published(USD=[("2024-01-05", "1.25")])
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", currency="USD")
    stamp = Position.objects.get().last_updated
    published(USD=[("2024-01-08", "2")])
    assert lot_rates() == [D("0.8")]
    assert Position.objects.get().last_updated == stamp


def test_a_rate_that_arrives_late_fills_what_was_unknown(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", "2024-02-01 SELL 4 AAA @ 6", currency="USD")
    published(USD=[("2024-01-02", "1.25"), ("2024-02-01", "1.6")])
    assert lot_rates() == [D("0.8")]
    assert Disposal.objects.get().account_rate == D("0.625")
    assert verify(Account.objects.all()) == []


def test_a_rate_of_the_day_itself_replaces_the_older_one_that_stood_in(broker):
    published(USD=[("2024-01-04", "1.25")])
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", currency="USD")
    published(USD=[("2024-01-05", "1.6")])
    assert lot_rates() == [D("0.625")]
    assert verify(Account.objects.all()) == []


def test_a_book_of_several_currencies_follows_its_rates_too(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5")
    ledger(broker, "2024-01-06 BUY 10 AAA @ 5", currency="USD")
    assert Position.objects.get().total_cost is None
    published(USD=[("2024-01-02", "1.25")])
    position = Position.objects.get()
    assert (position.currency, position.total_cost, position.issues) == ("EUR", D(90), [])
    assert lot_rates() == [D(1), D(1)]


def test_a_fee_in_another_currency_follows_as_well(broker):
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", fee=D(1), fee_currency="USD")
    published(USD=[("2024-01-05", "1.25")])
    assert Position.objects.get().total_cost == D("50.8")


def test_figures_kept_by_revision_are_forgotten_where_something_changed(broker, alice):
    other = AccountFactory(owner=alice, currency="EUR")
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", currency="USD")
    ledger(other, "2024-01-05 BUY 10 AAA @ 5")
    before = [Account.objects.get(pk=pk).revision for pk in (broker.pk, other.pk)]
    published(USD=[("2024-01-02", "1.25")])
    after = [Account.objects.get(pk=pk).revision for pk in (broker.pk, other.pk)]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 0]


def test_transferred_lots_keep_the_rate_of_their_purchase(broker, alice):
    vault = AccountFactory(owner=alice, name="Vault", currency="EUR")
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", currency="USD", fx_rate=D("0.9"))
    published(USD=[("2024-03-01", "2")])
    (sent,) = ledger(broker, "2024-03-01 TRANSFER_OUT 10 AAA", currency="USD")
    (received,) = ledger(vault, "2024-03-01 TRANSFER_IN 10 AAA", currency="USD")
    link_transfer(sent, received)
    assert lot_rates(position__account=vault) == [D("0.9")]
    assert verify(Account.objects.all()) == []


def test_transferred_into_a_book_in_the_account_currency_the_own_rate_tells_the_cost(broker, alice):
    vault = AccountFactory(owner=alice, name="Vault", currency="EUR")
    published(USD=[("2024-01-01", "2")])
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5", currency="USD", fx_rate=D("0.9"))
    ledger(vault, "2024-01-06 BUY 1 AAA @ 5")
    (sent,) = ledger(broker, "2024-03-01 TRANSFER_OUT 10 AAA", currency="USD")
    (received,) = ledger(vault, "2024-03-01 TRANSFER_IN 10 AAA")
    link_transfer(sent, received)
    held = Position.objects.get(account=vault)
    assert (held.currency, held.total_cost) == ("EUR", D(50))
    assert sorted(lot_rates(position=held)) == [D(1), D(1)]


def test_a_late_rate_reaches_lots_that_were_transferred_since(broker, alice):
    vault = AccountFactory(owner=alice, name="Vault", currency="CHF")
    ledger(broker, "2024-01-05 BUY 10 AAA @ 5")
    (sent,) = ledger(broker, "2024-03-01 TRANSFER_OUT 10 AAA")
    (received,) = ledger(vault, "2024-03-01 TRANSFER_IN 10 AAA", currency="EUR")
    link_transfer(sent, received)
    assert lot_rates(position__account=vault) == [None]
    published(CHF=[("2024-01-05", "0.95")])
    assert lot_rates(position__account=vault) == [D("0.95")]
    assert verify(Account.objects.all()) == []
