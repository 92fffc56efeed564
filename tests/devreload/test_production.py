"""Nothing of the reloading is in an installation."""

import subprocess
import sys

from tests.devreload.checkout import ROOT

CODE = """
import django, sys
django.setup()
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import Resolver404, resolve
assert not any("devreload" in name for name in [*settings.INSTALLED_APPS, *settings.MIDDLEWARE])
for path in ("/__reload__/events", "/__reload__/reload.js"):
    try:
        resolve(path)
    except Resolver404:
        continue
    raise AssertionError(path)
names = [name for finder in finders.get_finders() for name, _ in finder.list([])]
assert names and not [name for name in names if "devreload" in name or "reload.js" in name], names
assert not [name for name in sys.modules if name.startswith(("portfolio.devreload", "watchfiles"))]
print("clean")
"""


def test_an_installation_has_no_part_of_it():
    variables = {
        "DJANGO_SETTINGS_MODULE": "portfolio.settings",
        "DATABASE_URL": "postgres://nobody@localhost/nothing",
        "SECRET_KEY": "a key that is long enough for the checks of this program",
        "ALLOWED_HOSTS": "portfolio.example.com",
    }
    result = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, env=variables, capture_output=True, text=True
    )
    assert (result.stdout, result.stderr) == ("clean\n", "")


def test_pages_without_debug_carry_no_script_of_it(client, db):
    page = client.get("/accounts/login/", follow=True)
    assert b"__reload__" not in page.content
    assert client.get("/__reload__/events").status_code == 404
