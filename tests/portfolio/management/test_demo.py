import socket

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from portfolio.management.commands import demo
from pricing.closes import closes_on
from pricing.conversion import find_rate
from pricing.models import Instrument, PriceHistory


@pytest.fixture
def no_samples(monkeypatch, tmp_path):
    monkeypatch.setattr(demo, "SAMPLES", tmp_path)
    return tmp_path


def test_it_makes_an_administrator_and_says_how_to_sign_in(db, no_samples, capsys):
    call_command("demo")
    call_command("demo")
    user = User.objects.get()
    assert (user.username, user.is_staff, user.is_superuser) == ("demo", True, True)
    assert capsys.readouterr().out == "\nSign in at the pages as demo, password demo\n" * 2


def test_a_password_that_the_user_chose_is_kept(db, no_samples, capsys):
    call_command("demo")
    user = User.objects.get()
    user.set_password("my own")
    user.save()
    call_command("demo")
    assert capsys.readouterr().out.endswith("as demo, password (the one that you gave it)\n")


def test_it_imports_every_sample_and_shows_the_positions(db, no_samples, monkeypatch):
    calls = []
    monkeypatch.setattr(demo, "call_command", lambda *names, **_: calls.append(names))
    (no_samples / "market").mkdir()
    for name in ("a.csv", "b.xml", "README.md", ".hidden", "market/prices.csv"):
        (no_samples / name).write_text("")
    call_command("demo")
    files = [str(no_samples / "a.csv"), str(no_samples / "b.xml")]
    prices = str(no_samples / "market" / "prices.csv")
    assert calls == [
        ("import_transactions", *files),
        ("import_prices", prices),
        ("positions",),
    ]


def test_its_prices_cover_what_its_files_hold_and_none_is_doubted(db):
    call_command("demo")
    first_days = Instrument.objects.first_days()
    assert set(PriceHistory.objects.values_list("instrument__ticker", flat=True)) == set(first_days)
    for ticker, day in first_days.items():
        assert closes_on([ticker], day)[ticker].day == day
    assert not PriceHistory.objects.exclude(quarantine="").exists()
    assert find_rate("USD", "EUR", min(first_days.values())) is not None
    assert find_rate("GBP", "EUR", min(first_days.values())) is not None


def test_an_installation_gets_no_user_with_a_known_password(db, settings):
    settings.LOCAL = False
    with pytest.raises(CommandError, match="runs only on your own machine"):
        call_command("demo")
    assert not User.objects.exists()


def test_a_port_that_is_taken_is_named_with_who_has_it_and_what_to_do(db, no_samples):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError) as refusal:
            call_command("demo", port=port)
    assert str(refusal.value).startswith(f"Port {port} cannot be used (Address already in use)")
    assert str(refusal.value).endswith(f"Choose another: make demo PORT={port + 1}")


def test_a_free_port_stands_in_the_address(db, no_samples, capsys):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    call_command("demo", port=port)
    assert f"Sign in at http://localhost:{port} as demo" in capsys.readouterr().out
