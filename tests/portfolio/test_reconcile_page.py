"""The reconcile page, and typing in what a broker shows."""

import pytest
from django.test import Client

from tests.factories import AccountFactory, ImportFactory, ledger
from tests.portfolio.test_reconciliation import state
from transactions.models import StatedBalance


@pytest.fixture
def signed_in(client: Client, alice) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def broker(alice):
    account = AccountFactory(owner=alice, name="Broker", currency="EUR")
    ledger(account, "2024-01-02 DEPOSIT 100", "2024-01-04 BUY 2 AAA @ 5")
    return account


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_an_account_without_statements_says_how_to_get_some(signed_in, broker):
    shown = text_of(signed_in.get(f"/reconcile/?account={broker.pk}"))
    assert "Nothing is stated about this account yet" in shown
    assert f"/broker-accounts/{broker.pk}/balances/add/" in shown


def test_a_difference_leads_to_the_transactions_among_which_it_began(signed_in, broker):
    record = ImportFactory(account=broker, file_name="statement.csv")
    state(broker, "2024-01-02", "100", source=record, source_line=7)
    state(broker, "2024-01-05", "80", source=record, source_line=9)
    response = signed_in.get("/reconcile/")
    shown = text_of(response)
    assert response.context["differing"] == 1
    assert f"/transactions/?account={broker.pk}&amp;since=2024-01-02&amp;until=2024-01-05" in shown
    assert f'href="/imports/{record.pk}/lines/9/">statement.csv, line 9</a>' in shown
    assert "It agreed before" in shown


def test_what_agrees_is_said_to_agree(signed_in, broker):
    state(broker, "2024-01-05", "2", "AAA")
    shown = text_of(signed_in.get("/reconcile/"))
    assert '<span class="badge ok">agrees</span>' in shown
    assert "All that is stated agrees" in shown


def test_what_a_list_did_not_name_is_shown_so(signed_in, broker):
    record = ImportFactory(account=broker)
    state(broker, "2024-01-05", "1", "BBB", is_list=True, source=record)
    shown = text_of(signed_in.get("/reconcile/"))
    assert "not listed, yours 2" in shown


def test_a_balance_is_typed_in_compared_and_removed(signed_in, broker):
    url = f"/broker-accounts/{broker.pk}/balances/add/"
    data = {"asset": "aaa", "day": "2024-01-04", "amount": "2.5"}
    response = signed_in.post(url, data, follow=True)
    assert response.redirect_chain == [(f"/reconcile/?account={broker.pk}", 302)]
    kept = StatedBalance.objects.get()
    assert (kept.instrument_id, kept.currency, str(kept.at)) == (
        "AAA",
        "",
        "2024-01-04 23:59:59.999999+00:00",
    )
    assert "<strong>−0.5</strong>" in text_of(response)
    signed_in.post(f"/balances/{kept.pk}/delete/")
    assert not StatedBalance.objects.exists()


def test_the_day_ends_where_the_account_is(signed_in, alice):
    tokyo = AccountFactory(owner=alice, currency="JPY", time_zone="Asia/Tokyo")
    data = {"asset": "jpy", "day": "2024-01-04", "amount": "1000"}
    signed_in.post(f"/broker-accounts/{tokyo.pk}/balances/add/", data)
    kept = StatedBalance.objects.get()
    assert (kept.currency, kept.decimals, str(kept.at)) == (
        "JPY",
        0,
        "2024-01-04 14:59:59.999999+00:00",
    )


def test_a_name_that_means_nothing_to_the_account_is_refused_with_a_sentence(signed_in, broker):
    data = {"asset": "ZZZ", "day": "2024-01-04", "amount": "1"}
    response = signed_in.post(f"/broker-accounts/{broker.pk}/balances/add/", data)
    assert "“ZZZ” is neither a currency nor an instrument that Broker has" in text_of(response)
    assert not StatedBalance.objects.exists()


def test_nobody_else_sees_adds_or_removes_balances(client, bob, broker):
    balance = state(broker, "2024-01-05", "80")
    client.force_login(bob)
    assert "80" not in text_of(client.get(f"/reconcile/?account={broker.pk}"))
    add = f"/broker-accounts/{broker.pk}/balances/add/"
    assert client.get(add).status_code == 404
    assert client.post(add, {"asset": "EUR"}).status_code == 404
    assert client.post(f"/balances/{balance.pk}/delete/").status_code == 404
    assert StatedBalance.objects.exists()


def test_a_balance_of_a_file_goes_only_with_its_import(signed_in, broker):
    balance = state(broker, "2024-01-05", "80", source=ImportFactory(account=broker))
    assert signed_in.post(f"/balances/{balance.pk}/delete/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_needs_the_same_queries_for_any_number_of_rows(
    signed_in, alice, count, django_assert_max_num_queries
):
    for number in range(count):
        account = AccountFactory(owner=alice, currency="EUR")
        record = ImportFactory(account=account)
        ledger(account, f"2024-01-02 BUY 1 T{number} @ 5")
        state(account, "2024-01-05", "1", f"T{number}", source=record)
        state(account, "2024-01-05", "9", source=record)
    with django_assert_max_num_queries(8):
        signed_in.get("/reconcile/")


def test_data_health_tells_of_balances_that_differ(signed_in, broker):
    state(broker, "2024-01-05", "80")
    groups = signed_in.get("/data-health/").context["open"]
    group = next(group for group in groups if group.name == "balances")
    (finding,) = group.findings
    assert (finding.about, finding.sentence, finding.url) == (
        "EUR",
        "80 stated on 5 Jan 2024, 90 by the transactions.",
        f"/reconcile/?account={broker.pk}",
    )


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("day", ["9999-12-31", "2300-01-01", "1899-12-31", "0001-01-01"])
def test_a_day_that_is_not_over_or_nobodys_is_refused(signed_in, alice, zone, day):
    account = AccountFactory(owner=alice, time_zone=zone)
    data = {"asset": "EUR", "day": day, "amount": "1"}
    response = signed_in.post(f"/broker-accounts/{account.pk}/balances/add/", data)
    assert "The day must be one between 1900 and today." in text_of(response)
    assert signed_in.get("/reconcile/").status_code == 200


def test_one_statement_is_not_said_to_be_off_all_along(signed_in, broker):
    state(broker, "2024-01-05", "80")
    assert "Stated only once" in text_of(signed_in.get("/reconcile/"))
    state(broker, "2024-01-06", "80")
    assert "Off by the same amount in every statement" in text_of(signed_in.get("/reconcile/"))
    state(broker, "2024-01-07", "70")
    assert "It never agreed" in text_of(signed_in.get("/reconcile/"))


def test_data_health_names_the_day_where_the_account_is(signed_in, alice):
    account = AccountFactory(owner=alice, currency="USD", time_zone="America/New_York")
    data = {"asset": "USD", "day": "2024-01-04", "amount": "1000"}
    signed_in.post(f"/broker-accounts/{account.pk}/balances/add/", data)
    assert "1000 stated on 4 Jan 2024" in text_of(signed_in.get("/data-health/"))
