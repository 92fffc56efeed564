"""All settings, read from the environment. .env.example lists every variable.

Three ways to run: with DATABASE_URL (an installation: SECRET_KEY and ALLOWED_HOSTS are needed), with
DEBUG=1 (development), and with neither (commands on this machine, on the embedded PostgreSQL).
Importing this file opens no connection, so that type checks and image builds need no database.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from portfolio import embedded, env
from portfolio.observability import logs
from portfolio.rate_limits import Limit

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = embedded.data_directory()

DEBUG = env.flag("DEBUG", default=False)
# This machine only: in development, and for commands without any configuration. DEBUG=0 without a
# database is not that: somebody meant an installation and forgot the rest.
LOCAL = DEBUG or (embedded.is_needed() and not env.is_set("DEBUG"))
if embedded.is_needed() and not LOCAL:
    raise ImproperlyConfigured(
        "DATABASE_URL is not set. Example: postgres://user:password@host:5432/portfolio. "
        "For development set DEBUG=1, then the embedded PostgreSQL is used."
    )

SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY and not LOCAL:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set, and without it anybody could sign in as you. Set it, or "
        "SECRET_KEY_FILE, to a long random text, for example the output of: openssl rand -base64 48"
    )
SECRET_KEY = SECRET_KEY or env.kept_secret(DATA_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

# ---- who may reach us, and how -----------------------------------------------------------------

PUBLIC_HOSTS = env.words("ALLOWED_HOSTS")
# Health checks of containers come from the machine itself.
ALLOWED_HOSTS = [*PUBLIC_HOSTS, "localhost", "127.0.0.1", "[::1]"]
HTTPS = env.flag("HTTPS", default=not LOCAL)
# How many reverse proxies stand in front. Their headers are believed only then, since anybody else
# could pretend to come over HTTPS, or from another address to escape the rate limits.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
CSRF_TRUSTED_ORIGINS = env.words(
    "CSRF_TRUSTED_ORIGINS",
    tuple(f"https://{'*' if host[0] == '.' else ''}{host}" for host in PUBLIC_HOSTS if host != "*"),
)

SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^up(/ready)?$"]  # health checks speak plain HTTP inside the machine
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 30 * 24 * 3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# Preloading is a promise about a whole domain that only its owner can make.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
X_FRAME_OPTIONS = "DENY"
# Name and shape as in Django 6. No page has inline script or style, so the policy is a constant.
SECURE_CSP = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}
# Pages of other sites may call the API, and nothing else, only where somebody names them.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOWED_ORIGINS = env.words("CORS_ALLOWED_ORIGINS")
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"

# ---- the application ---------------------------------------------------------------------------

INSTALLED_APPS = [
    # Ours first, so that their templates win over those of the admin and allauth.
    "snapshots",
    "portfolio",
    "transactions",
    "pricing",
    "whitenoise.runserver_nostatic",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "corsheaders",
    "django_htmx",
    "ninja",  # for the files of its documentation page
    "template_partials",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "portfolio.observability.middleware.ObservingMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portfolio.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Every view needs a sign-in unless it says @login_not_required: forgetting is safe.
    "portfolio.middleware.SignInMiddleware",
    "portfolio.middleware.ApiMiddleware",
    "portfolio.rate_limits.RateLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
if DEBUG:
    INSTALLED_APPS += ["portfolio.devreload"]
    MIDDLEWARE.insert(0, "portfolio.devreload.middleware.DevReloadMiddleware")
    # Only where it is installed: the demo does without.
    if find_spec("debug_toolbar"):
        INSTALLED_APPS += ["debug_toolbar"]
        # It would search the machine for GDAL at every start, for maps that nobody draws.
        sys.modules.setdefault("django.contrib.gis.db.backends.postgis.adapter", None)  # type: ignore[arg-type]
        MIDDLEWARE.insert(5, "debug_toolbar.middleware.DebugToolbarMiddleware")
DEBUG_TOOLBAR_CONFIG = {
    "SHOW_COLLAPSED": True,
    "SHOW_TOOLBAR_CALLBACK": "portfolio.devreload.middleware.show_toolbar",
}
INTERNAL_IPS = ["127.0.0.1", "::1"]

ROOT_URLCONF = "portfolio.urls"
WSGI_APPLICATION = "portfolio.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- database, cache, jobs ---------------------------------------------------------------------


def database() -> dict[str, Any]:
    if not embedded.is_needed():
        return env.database("DATABASE_URL")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": embedded.DATABASE,
        "USER": embedded.USER,
        "HOST": str(embedded.locate(DATA_DIR).socket),
        "PORT": embedded.PORT,
    }


def pooled(config: dict[str, Any]) -> dict[str, Any]:
    # From a URL, pool and CONN_MAX_AGE would arrive as text or contradict each other.
    size = env.number("DATABASE_POOL_SIZE", 8)
    pool = {"min_size": 1, "max_size": size, "timeout": 10} if size else False
    options = config.get("OPTIONS", {}) | {"pool": pool, "application_name": "portfolio"}
    # The health check survives a restart of the server without an error page.
    return config | {"OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}


DATABASES = {"default": pooled(database())}

REDIS_URL = env.text("REDIS_URL")
CACHES: dict[str, dict[str, Any]] = {
    # Without Redis a table, not the memory of one process: rate limits must count over all.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
    }
}
if REDIS_URL:
    CACHES["default"] = {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        # A Redis that is down slows pages and breaks none.
        "OPTIONS": {
            "IGNORE_EXCEPTIONS": True,
            "SOCKET_CONNECT_TIMEOUT": 1,
            "SOCKET_TIMEOUT": 1,
        },
    }
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

# A machine that slept through the night still takes its snapshot in the morning.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 24 * 3600}

# ---- prices ------------------------------------------------------------------------------------

# Where providers are, for mirrors and tests; which key they want; and requests a minute.
PROVIDER_URLS = {
    "coingecko": env.text("COINGECKO_URL", "https://api.coingecko.com/api/v3/"),
    "ecb": env.text("ECB_URL", "https://www.ecb.europa.eu/stats/eurofxref/"),
    "stooq": env.text("STOOQ_URL", "https://stooq.com/"),
    "twelvedata": env.text("TWELVEDATA_URL", "https://api.twelvedata.com/"),
}
PROVIDER_KEYS = {
    "coingecko": env.text("COINGECKO_API_KEY"),
    "twelvedata": env.text("TWELVEDATA_API_KEY"),
}
PROVIDER_LIMITS = {
    "coingecko": env.number("COINGECKO_LIMIT", 25, least=1),
    "ecb": 60,
    "stooq": env.number("STOOQ_LIMIT", 30, least=1),
    "twelvedata": env.number("TWELVEDATA_LIMIT", 8, least=1),
}
PROVIDER_TIMEOUT = env.number("PROVIDER_TIMEOUT", 20, least=1)
PROVIDER_PAUSE = 1.0  # seconds before the second attempt, doubled before each further one
# A price that is so many times the last one, or that part of it, waits for a person.
PRICE_JUMP_FACTOR = env.number("PRICE_JUMP_FACTOR", 5, least=2)

# Minutes between two refreshes of prices while markets are open, 0 for none; and the hours (UTC) in which
# they are: from the first one until the second one begins, Monday to Friday. Crypto never closes.
PRICE_REFRESH_MINUTES = env.number("PRICE_REFRESH_MINUTES", 15, most=59)
PRICE_REFRESH_HOURS = (
    env.number("PRICE_REFRESH_FROM_HOUR", 7, most=23),
    env.number("PRICE_REFRESH_UNTIL_HOUR", 22, most=24),
)

# ---- people ------------------------------------------------------------------------------------

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "portfolio.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
# Many instances have no mail server, and their users know each other.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Signing in and password resets are limited by allauth's defaults; this tightens guessing.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
RATE_LIMITS = [
    Limit(
        "uploads",
        r"^/(imports|prices/\d+)/upload/$",
        frozenset({"POST"}),
        env.number("IMPORT_LIMIT", 60),
        60,
    ),
    Limit("api", r"^/api/", frozenset(), env.number("API_LIMIT", 600), 60),
]
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Portfolio"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LOCAL  # http://localhost

EMAIL_URL = env.text("EMAIL_URL", "consolemail://")
vars().update(env.email(EMAIL_URL))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DEFAULT_FROM_EMAIL", "portfolio@localhost")

# ---- language, time, files ---------------------------------------------------------------------

LANGUAGE_CODE = env.text("LANGUAGE_CODE", "en")
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_STORAGE = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if LOCAL
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGE},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = LOCAL

IMPORT_MAX_BYTES = env.number("IMPORT_MAX_BYTES", 512 * 1024 * 1024, least=1)
# Larger files go to a background job.
IMPORT_IN_REQUEST_ROWS = env.number("IMPORT_IN_REQUEST_ROWS", 5000)
# Uploads beyond this go to a temporary file and never sit in memory.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # the preview of an import has a field a row

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMAT = env.choice("LOG_FORMAT", "TEXT" if LOCAL else "JSON", ("TEXT", "JSON"))
LOGGING = logs.configure(env.choice("LOG_LEVEL", "INFO", LOG_LEVELS), readable=LOG_FORMAT == "TEXT")
# Queries that take longer are logged, without their parameters.
SLOW_QUERY_MS = env.number("SLOW_QUERY_MS", 500)
# Whoever sends it may read /metrics; without one only this machine may.
METRICS_TOKEN = env.text("METRICS_TOKEN")
