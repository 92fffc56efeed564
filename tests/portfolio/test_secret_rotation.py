"""The steps of docs/operations.md, "Rotating secrets"."""

from django.test import Client


def signed_in(client: Client) -> bool:
    return client.get("/broker-accounts/").status_code == 200


def test_a_session_survives_the_change_of_the_key_while_the_old_one_is_a_fallback(
    client, alice, settings
):
    client.force_login(alice)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a new key of more than fifty characters, " * 2
    settings.SECRET_KEY_FALLBACKS = [old]
    assert signed_in(client)
    # Used once, it is signed with the new key: after that the old one may go.
    settings.SECRET_KEY_FALLBACKS = []
    assert signed_in(client)


def test_without_the_fallback_everybody_has_to_sign_in_again(client, alice, settings):
    client.force_login(alice)
    settings.SECRET_KEY = "a new key of more than fifty characters, " * 2
    assert not signed_in(client)
