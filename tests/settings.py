"""The real settings, with what makes tests fast and independent of the developer's environment."""

import os
import tempfile
from pathlib import Path

KEPT = {"PORTFOLIO_DATA_DIR", "PORTFOLIO_TEST_SLOT"}
with (Path(__file__).parent.parent / ".env.example").open() as example:
    # A DATABASE_URL or DEBUG of the shell must reach neither the tests nor the user's data.
    for name in {line.lstrip("# ").split("=")[0] for line in example if "=" in line} - KEPT:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
os.environ["SECRET_KEY"] = "only for tests"

from portfolio import embedded  # noqa: E402
from portfolio.settings import *  # noqa: E402, F403
from portfolio.settings import CACHES, DATABASES  # noqa: E402
from tests import servers  # noqa: E402

SERVER_HELD = embedded.start(servers.CLUSTER)
DATABASES["default"] |= {
    "HOST": str(servers.CLUSTER.socket),
    "TEST": {"NAME": f"test_portfolio_{servers.take_slot()}"},
}

# Each process of a test run has its own Valkey, started by tests/conftest.py.
VALKEY_SOCKET = Path(tempfile.gettempdir()) / f"portfolio-valkey-{os.getpid()}.sock"
CACHES["default"] = {
    "BACKEND": "django_redis.cache.RedisCache",
    "LOCATION": f"unix://{VALKEY_SOCKET}",
    "OPTIONS": {"IGNORE_EXCEPTIONS": True},
}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    # The manifest of the real storage exists only after collectstatic.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
