"""Nobody sees or changes what is somebody else's: the whole URL map, walked as a stranger.

Every URL is either public, or the framework's, or it must be described here by what its parameters
are. A new URL with a parameter that is not described fails this test until somebody says whose
data it leads to.
"""

import zlib
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from portfolio.models import Disposal, Position
from portfolio.tokens import issue
from pricing.models import InstrumentName, PriceHistory, Split
from pricing.readers import Header
from tests.factories import AccountFactory, ImportFactory, InstrumentFactory, ledger
from transactions.importers.guessing import Table, guess
from transactions.kept_files import UnknownFile
from transactions.mappings import save as save_mapping
from transactions.models import Account, StatedBalance, Transaction

# Names that anybody may open, signed in or not.
PUBLIC = {
    "up",
    "up-ready",
    "metrics",  # to this machine only, or with a token: tests/portfolio/observability
    "portfolio:first-run",
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_confirm_login_code",
    "account_request_login_code",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "mfa_trust",
    "mfa_signup_webauthn",
}
# Packages with tests of their own: what they show belongs to whoever asks, or to staff.
FRAMEWORKS = ("account_", "mfa_", "djdt:", "devreload:")


class Route(NamedTuple):
    name: str
    parameters: frozenset[str]
    is_named: bool


def routes(
    resolver: URLResolver, namespace: str = "", outer: frozenset[str] = frozenset()
) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        found = outer | set(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern, inner, found)
        else:
            name = f"{namespace}{pattern.name or pattern.pattern}"
            yield Route(name, found, pattern.name is not None)


ALL = list(routes(get_resolver()))
OURS = [
    route
    for route in ALL
    if not route.name.startswith(("admin:", *FRAMEWORKS)) and route.name not in PUBLIC
]
WITH_PARAMETERS = [route.name for route in OURS if route.parameters]
WITHOUT_PARAMETERS = [route.name for route in OURS if not route.parameters]
FRAMEWORK_PAGES = [
    route.name
    for route in ALL
    if route.name.startswith(("account_", "mfa_"))
    and route.name not in PUBLIC
    and not route.parameters
]


# Hers to see, and staff's to change: what files of all users mean follows from it.
STAFF_ONLY = frozenset({"pricing:name-add"})


@pytest.fixture
def hers(alice: User) -> dict[str, dict[str, Any]]:
    """What of Alice's each URL leads to, by the name of the URL."""
    account = AccountFactory(owner=alice, name="Hers alone")
    InstrumentFactory(ticker="HERS", name="Known to Alice")
    bought, sent = ledger(account, "2024-01-05 BUY 10 HERS @ 5", "2024-02-05 TRANSFER_OUT 1 HERS")
    record = ImportFactory(account=account)
    position = Position.objects.get(account=account)
    ledger(account, "2024-03-05 SELL 1 HERS @ 6", "2024-04-05 DIVIDEND 1 HERS = 7")
    hers = position.instrument
    manual, doubted = (
        PriceHistory.objects.create(
            instrument=hers,
            date=date(2024, 1, day),
            close_price=5,
            currency="EUR",
            source="manual",
            quarantine=reason,
        )
        for day, reason in ((5, ""), (6, "It jumps."))
    )
    split = Split.objects.create(
        instrument=hers, date=date(2024, 1, 7), numerator=2, denominator=1, source="manual"
    )
    balance = StatedBalance.objects.create(
        account=account, at=bought.transaction_date, currency="EUR", amount=1, decimals=0
    )
    name = InstrumentName.objects.create(instrument=hers, kind="TICKER", value="HERS2")
    unknown = UnknownFile.objects.create(
        owner=alice, file_name="x.csv", content=zlib.compress(b"Date,Amount,Note\n2024-01-02,1,a\n")
    )
    mapping = save_mapping(alice, "Hers", guess(Table(Header(["Date", "Amount"], 1, ","), [])))
    return {
        "transactions:unknown-file": {"pk": unknown.pk},
        "transactions:unknown-file-discard": {"pk": unknown.pk},
        "transactions:mapping": {"pk": mapping.pk},
        "transactions:mapping-delete": {"pk": mapping.pk},
        "pricing:instrument": {"pk": hers.pk},
        "pricing:settings": {"pk": hers.pk},
        "pricing:fetch": {"pk": hers.pk},
        "pricing:price-add": {"pk": hers.pk},
        "pricing:price-upload": {"pk": hers.pk},
        "pricing:split-add": {"pk": hers.pk},
        "pricing:price-delete": {"pk": manual.pk},
        "pricing:price-accept": {"pk": doubted.pk},
        "pricing:price-reject": {"pk": doubted.pk},
        "pricing:split-delete": {"pk": split.pk},
        "pricing:name-add": {"pk": hers.pk},
        "pricing:name-delete": {"pk": name.pk},
        "portfolio:gain": {"pk": Disposal.objects.get(gain__isnull=False).pk},
        "portfolio:position": {"pk": position.pk},
        "portfolio:token-revoke": {"pk": issue(alice, "HERS", None)[0].pk},
        "api:position": {"pk": position.pk},
        "api:transaction": {"pk": bought.pk},
        "portfolio:transaction-effects": {"pk": bought.pk},
        "transactions:transaction": {"pk": bought.pk},
        "transactions:transaction-edit": {"pk": bought.pk},
        "transactions:transaction-delete": {"pk": bought.pk},
        "transactions:transaction-link": {"pk": sent.pk},
        "transactions:transaction-unlink": {"pk": sent.pk},
        "transactions:import-detail": {"pk": record.pk},
        "transactions:import-preview": {"pk": record.pk},
        "transactions:import-confirm": {"pk": record.pk},
        "transactions:import-discard": {"pk": record.pk},
        "transactions:import-undo": {"pk": record.pk},
        "transactions:import-original": {"pk": record.pk},
        "transactions:import-line": {"pk": record.pk, "line": 1},
        "transactions:balance-add": {"pk": account.pk},
        "transactions:balance-delete": {"pk": balance.pk},
        "transactions:account-edit": {"pk": account.pk},
        "transactions:account-delete": {"pk": account.pk},
    }


def url_of(name: str, hers: dict[str, dict[str, Any]]) -> str:
    if name in WITH_PARAMETERS and name not in hers:
        pytest.fail(f"Say in the fixture “hers” which of Alice's objects {name} leads to.")
    return reverse(name, kwargs=hers.get(name))


@pytest.mark.parametrize("name", WITH_PARAMETERS)
def test_a_stranger_finds_nothing(
    client: Client, bob: User, hers: dict[str, dict[str, Any]], name: str
) -> None:
    client.force_login(bob)
    before = (Account.objects.count(), Transaction.objects.count())
    url = url_of(name, hers)
    for response in (
        client.get(url),
        client.get(url, headers={"HX-Request": "true"}),
        client.post(url),
        client.post(url, headers={"HX-Request": "true"}),
    ):
        # A view that does not know the method may say so before it looks for the object.
        assert response.status_code in {404, 405}, (url, response.status_code)
    assert client.get(url).status_code == 404 or client.post(url).status_code == 404
    assert (Account.objects.count(), Transaction.objects.count()) == before


@pytest.mark.parametrize("name", WITHOUT_PARAMETERS)
def test_a_page_shows_a_stranger_nothing_of_hers(
    client: Client, bob: User, hers: dict[str, dict[str, Any]], name: str
) -> None:
    client.force_login(bob)
    response = client.get(reverse(name), follow=True)
    assert response.status_code in {200, 405}
    # A file is streamed.
    page = response.getvalue().decode()
    for secret in ("Hers alone", "HERS", "Known to Alice"):
        assert secret not in page, name


@pytest.mark.parametrize("name", [*WITH_PARAMETERS, *WITHOUT_PARAMETERS])
def test_whoever_is_not_signed_in_is_asked_to(
    client: Client, hers: dict[str, dict[str, Any]], name: str
) -> None:
    url = url_of(name, hers)
    for response in (client.get(url), client.post(url)):
        asked = response.status_code == 401 or (
            response.status_code == 302 and response["Location"].startswith("/accounts/login/")
        )
        assert asked, (url, response.status_code)


@pytest.mark.parametrize("name", FRAMEWORK_PAGES)
def test_pages_of_packages_ask_for_it_too(client: Client, db: None, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code in {302, 401, 405}, (name, response.status_code)


@pytest.mark.parametrize("name", WITH_PARAMETERS)
def test_the_owner_finds_it(
    client: Client, alice: User, hers: dict[str, dict[str, Any]], name: str
) -> None:
    """Otherwise a page that is broken for everybody would pass for a safe one."""
    if name in STAFF_ONLY:
        User.objects.filter(pk=alice.pk).update(is_staff=True)
    client.force_login(alice)
    assert client.get(url_of(name, hers)).status_code in {200, 405}


def test_the_admin_is_for_staff_only(client: Client, alice: User) -> None:
    client.force_login(alice)
    for route in ALL:
        if route.name.startswith("admin:") and not route.parameters and route.is_named:
            response = client.get(reverse(route.name))
            assert response.status_code in {302, 403, 404, 405}, route.name


def test_every_url_has_a_name() -> None:
    """Templates and this test find them by name only."""
    assert [route.name for route in OURS if not route.is_named] == []


def test_what_is_called_public_is_there() -> None:
    assert {"up", "up-ready", "portfolio:first-run", "account_login"} <= {
        route.name for route in ALL
    }
