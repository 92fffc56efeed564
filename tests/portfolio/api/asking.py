"""Asking the API in the name of somebody."""

import json

from django.test import Client

from portfolio.tokens import issue


def bearer(user, name="Test") -> dict[str, str]:
    return {"Authorization": f"Bearer {issue(user, name, None)[1]}"}


def ask(client: Client, path: str, **headers):
    """The answer as it is sent; a number that is no text would be a float, or lose digits."""
    response = client.get(f"/api/v1/{path}", headers=headers)
    assert response.status_code == 200, (path, response.text)
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    return json.loads(response.text, parse_float=_refused)


def _refused(text: str):
    raise AssertionError(f"{text} is sent as a number.")


def digits(value) -> str | None:
    """A number of a page as the API writes it."""
    return None if value is None else f"{value:f}"
