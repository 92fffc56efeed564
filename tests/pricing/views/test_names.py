"""Other names of an instrument on its page: seen by all who have it, changed by staff."""

import pytest
from django.urls import reverse

from pricing.models import Instrument, InstrumentName
from tests.factories import InstrumentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def share(broker):
    return Instrument.objects.get(ticker="AAA")


@pytest.fixture
def staff(signed_in, alice):
    alice.is_staff = True
    alice.save()
    return signed_in


def name(instrument, value="OLD"):
    return InstrumentName.objects.create(instrument=instrument, kind="TICKER", value=value)


def add(client, share, **data):
    return client.post(reverse("pricing:name-add", args=[share.pk]), data, follow=True)


def test_names_are_seen_and_only_staff_is_offered_to_change_them(signed_in, alice, share):
    name(share)
    page = reverse("pricing:instrument", args=[share.pk])
    shown = signed_in.get(page).content.decode()
    assert "OLD" in shown
    assert "Add name" not in shown
    assert "Delete the name" not in shown
    alice.is_staff = True
    alice.save()
    shown = signed_in.get(page).content.decode()
    assert "Add name" in shown
    assert "Delete the name OLD" in shown


def test_who_is_not_staff_changes_no_name(signed_in, share):
    old = name(share)
    assert add(signed_in, share, value="NEW").status_code == 403
    assert signed_in.post(reverse("pricing:name-delete", args=[old.pk])).status_code == 403
    assert list(InstrumentName.objects.all()) == [old]


def test_staff_adds_and_deletes_names(staff, share):
    assert staff.get(reverse("pricing:name-add", args=[share.pk])).status_code == 200
    add(staff, share, value="OLD", currency="usd")
    add(staff, share, value="US5949181045", currency="USD")
    found = InstrumentName.objects.values_list("kind", "value", "currency")
    assert list(found) == [("ISIN", "US5949181045", ""), ("TICKER", "OLD", "USD")]
    old = InstrumentName.objects.get(value="OLD")
    assert str(old) == "OLD is AAA"
    staff.post(reverse("pricing:name-delete", args=[old.pk]))
    assert not InstrumentName.objects.filter(value="OLD").exists()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("AAA", "AAA is its own name already."),
        ("BTC", "manage.py merge_instruments BTC AAA"),
        ("OLD", "OLD means AAA already."),
        ("", "This field is required."),
    ],
)
def test_a_name_that_means_something_already_is_refused(staff, share, value, said):
    name(share)
    assert said in add(staff, share, value=value).content.decode()
    assert InstrumentName.objects.count() == 1


def test_names_of_instruments_that_the_user_does_not_have_are_not_found(staff, share):
    foreign = InstrumentFactory(ticker="ZZZ")
    old = name(foreign)
    assert add(staff, foreign, value="NEW").status_code == 404
    assert staff.post(reverse("pricing:name-delete", args=[old.pk])).status_code == 404
