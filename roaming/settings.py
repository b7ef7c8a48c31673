"""Django's settings, made from the environment (`docs/deploy.md` lists every variable)."""

import sys
from typing import Any
from urllib.parse import urlsplit

from . import environment, logs, secrets
from .embedded.places import Places
from .environment import Instance
from .theme_settings import *  # noqa: F403

BASE_DIR = environment.CHECKOUT
VAR_DIR = environment.var_dir()
_instance = Instance.load(VAR_DIR)

# --- This instance ---------------------------------------------------------------------------

DEBUG = environment.flag("DEBUG", default=False)
DEMO = environment.flag("DEMO", default=_instance.demo)
PORT = environment.number("PORT", _instance.port, least=1, most=65534)
BIND_ADDRESS = environment.text("BIND_ADDRESS", "127.0.0.1")
_remembered = "" if environment.text("PORT") else _instance.base_url
BASE_URL = environment.base_url(_remembered or f"http://127.0.0.1:{PORT}")
WEB_WORKERS = environment.number("WEB_WORKERS", 1, least=1, most=64)
WEB_THREADS = environment.number("WEB_THREADS", 16, least=2, most=256)
WORKER_THREADS = environment.number("WORKER_THREADS", 8, least=1, most=256)
LOG_LEVEL = environment.choice("LOG_LEVEL", "INFO", environment.LOG_LEVELS)

# --- Secrets ---------------------------------------------------------------------------------

KEYS_DIR = VAR_DIR / "keys"
SECRET_KEY = secrets.secret_key(KEYS_DIR)
TOKEN_HASH_KEY = secrets.token_hash_key(KEYS_DIR)
TOKEN_ENCRYPTION_KEYS = secrets.token_encryption_keys(KEYS_DIR)

# The demo's simulated partner: where it runs, and the key that steers it.
SIMULATOR_URL = f"http://127.0.0.1:{PORT + 1}"
BACK_OFFICE_URL = f"http://127.0.0.1:{PORT + 2}"
SIMULATOR_CONTROL_KEY = secrets.simulator_control_key(KEYS_DIR) if DEMO else ""

# Partners on this machine or in its network: fine to try things out, an open door otherwise.
# Commands beside a portal follow it; a portal that starts begins anew.
_starts = sys.argv[1:2] == ["start"]
_followed = _instance.private_addresses and not _starts
ALLOW_PRIVATE_ADDRESSES = environment.flag("ALLOW_PRIVATE_ADDRESSES", default=DEMO or _followed)

# --- Django ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "axes",
    "csp",
    "django_structlog",
    "staff",
    "parties",
    "exchange",
    "credentials",
    "tariffs",
    "locations",
    "tokens",
    "charging",
    "cdrs",
    "review",
    "settlement",
    "hub",
    "registers",
    "roaming",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "roaming.middleware.TrailingSlash",
    "roaming.middleware.StaffGZip",
    "roaming.middleware.ContentSecurityPolicy",
    "roaming.middleware.StaffRequestLog",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "staff.middleware.LocalTime",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "roaming.urls"
WSGI_APPLICATION = "roaming.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# --- Database --------------------------------------------------------------------------------

_external = environment.database_url()
EMBEDDED = None if _external else Places.of(VAR_DIR)
DATABASE_POOL_SIZE = environment.number("DATABASE_POOL_SIZE", 20, least=2, most=500)
# Seconds after which PostgreSQL gives up on one statement; manage.py sets 0, without limit.
STATEMENT_TIMEOUT = environment.number("STATEMENT_TIMEOUT", 30, least=0, most=86400)

_database: dict[str, Any] = _external or (EMBEDDED.django() if EMBEDDED else {})
DATABASES = {"default": _database}
_database["CONN_MAX_AGE"] = 0
_database["OPTIONS"] = {
    "pool": {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 10},
    # Compiling a statement takes longer than any of ours runs, whatever its estimate says.
    "options": f"-c statement_timeout={STATEMENT_TIMEOUT}s -c jit=off"
    " -c idle_in_transaction_session_timeout=120s",
    "connect_timeout": 5,
    "application_name": "roaming",
} | _database.get("OPTIONS", {})

# --- Celery: only a doorbell, the rows in PostgreSQL are the truth ------------------------------

CELERY_BROKER_URL = environment.text("CELERY_BROKER_URL", "filesystem://")
if CELERY_BROKER_URL == "filesystem://":
    # Kombu wants a host for every transport, and warns on standard error where there is none.
    CELERY_BROKER_URL = "filesystem://localhost"
    _mail = VAR_DIR / "broker"
    for _folder in ("messages", "control"):
        (_mail / _folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "data_folder_in": str(_mail / "messages"),
        "data_folder_out": str(_mail / "messages"),
        "control_folder": str(_mail / "control"),
        "polling_interval": 0.1,
    }
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith(("amqp://", "amqps://", "pyamqp://")):
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    CELERY_WORKER_DETECT_QUORUM_QUEUES = True
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_TIMEOUT = 4
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {}

# --- Static files ------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "static"] if folder.is_dir()]
# `make run` collects the files under names that browsers may keep for ever; without that,
# they are served from where they lie.
_collected = environment.flag(
    "COLLECTED_STATIC",
    default=not DEBUG and (_starts or (STATIC_ROOT / "staticfiles.json").exists()),
)
WHITENOISE_USE_FINDERS = not _collected
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if _collected
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_MANIFEST_STRICT = False

# --- Login and security ------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

_https = BASE_URL.startswith("https://")
_host = urlsplit(BASE_URL).hostname or "localhost"
ALLOWED_HOSTS = environment.names("ALLOWED_HOSTS") or [_host, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(BASE_URL))]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
# The proxy redirects to https; what other names the domain has is not ours to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W008", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Behind a proxy that sets (and never passes on) X-Forwarded-Proto.
if environment.flag("BEHIND_PROXY", default=_https):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    AXES_IPWARE_PROXY_COUNT = 1

# Staff pages; OCPI answers get `default-src 'none'` (roaming.middleware). Alpine, which the theme
# is built with, needs 'unsafe-eval' and inline styles.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Without tiles the map shows outlines of its own and asks nobody: https://{s}.tiles.example/{z}/{x}/{y}.png
MAP_TILE_URL = environment.text("MAP_TILE_URL", "")
MAP_TILE_ATTRIBUTION = environment.text("MAP_TILE_ATTRIBUTION", "")
if MAP_TILE_URL:
    _tiles = urlsplit(MAP_TILE_URL)
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append(
        f"{_tiles.scheme}://{_tiles.netloc.replace('{s}', '*')}"
    )

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}

# --- Logs ----------------------------------------------------------------------------------------

LOGGING = logs.configuration(level=LOG_LEVEL, readable=DEMO or DEBUG)
logs.configure_structlog()
DJANGO_STRUCTLOG_CELERY_ENABLED = False

# --- The portal --------------------------------------------------------------------------------

# Whom the portal is as a hub, towards our own back office; without it HUB in the country of our first party.
PORTAL_PARTY_ID = environment.party("PORTAL_PARTY_ID")
# Off only in tests that drive deliveries themselves.
WAKE_WORKERS = environment.flag("WAKE_WORKERS", default=True)
EXCHANGE_RETENTION_DAYS = environment.number("EXCHANGE_RETENTION_DAYS", 90, least=1, most=3650)
BODY_RETENTION_DAYS = environment.number("BODY_RETENTION_DAYS", 30, least=1, most=3650)
QUARANTINE_RETENTION_DAYS = environment.number("QUARANTINE_RETENTION_DAYS", 90, least=1, most=3650)
# How many refused pushes of one connection are kept in a day.
QUARANTINE_PER_DAY = environment.number("QUARANTINE_PER_DAY", 1000, least=0, most=100_000)
# A pull that would make more than this share of a partner's objects vanish retires none of them.
PULL_VANISH_LIMIT_PERCENT = environment.number("PULL_VANISH_LIMIT_PERCENT", 20, least=0, most=100)
# So many lists are read at the same time, on all machines together: deliveries need workers as well.
PULL_PARALLEL = environment.number("PULL_PARALLEL", 4, least=1, most=100)
# So many pushes are worked on at a time in each web process: drivers must not wait behind status updates.
PUSH_PARALLEL = environment.number("PUSH_PARALLEL", 1, least=1, most=256)
# Real-time authorization: how long a charge point waits for us in all, in seconds; how many eMSPs are asked
# about one card, at the same time and altogether; how many threads of one web process ask.
AUTHORIZE_SECONDS = environment.number("AUTHORIZE_SECONDS", 5, least=1, most=60)
AUTHORIZE_PARALLEL = environment.number("AUTHORIZE_PARALLEL", 8, least=1, most=100)
AUTHORIZE_ASKED = environment.number("AUTHORIZE_ASKED", 24, least=1, most=1000)
AUTHORIZE_THREADS = environment.number("AUTHORIZE_THREADS", 16, least=1, most=256)
# A card that nobody knows is not asked about again for so many seconds, and so many of them are in a minute.
AUTHORIZE_UNKNOWN_SECONDS = environment.number(
    "AUTHORIZE_UNKNOWN_SECONDS", 300, least=0, most=86400
)
AUTHORIZE_STRANGERS = environment.number("AUTHORIZE_STRANGERS", 60, least=0, most=100_000)
AUTHORIZATION_RETENTION_MONTHS = environment.number(
    "AUTHORIZATION_RETENTION_MONTHS", 24, least=1, most=120
)
# Commands, all in seconds: how long we wait for a direct answer; when a request of which nothing is known is given
# up; for how long the same request again counts as a repetition; the bounds of a timeout that a partner names, and
# how much longer the requester waits than we do; until when a result is still told; and the time staff have.
COMMAND_SECONDS = environment.number("COMMAND_SECONDS", 8, least=1, most=60)
COMMAND_UNKNOWN_SECONDS = environment.number("COMMAND_UNKNOWN_SECONDS", 60, least=0, most=3600)
COMMAND_REPEAT_SECONDS = environment.number("COMMAND_REPEAT_SECONDS", 60, least=0, most=3600)
COMMAND_LEAST_SECONDS = environment.number("COMMAND_LEAST_SECONDS", 10, least=0, most=3600)
COMMAND_MOST_SECONDS = environment.number("COMMAND_MOST_SECONDS", 900, least=1, most=86400)
COMMAND_MARGIN_SECONDS = environment.number("COMMAND_MARGIN_SECONDS", 5, least=0, most=60)
COMMAND_GRACE_SECONDS = environment.number("COMMAND_GRACE_SECONDS", 600, least=0, most=86400)
# How often a partner may ask about the charging profile of one session of ours in a minute; 0 for no limit.
PROFILE_REQUESTS_PER_MINUTE = environment.number(
    "PROFILE_REQUESTS_PER_MINUTE", 12, least=0, most=1000
)
COMMAND_STAFF_SECONDS = environment.number("COMMAND_STAFF_SECONDS", 300, least=10, most=3600)
# How long what sessions had come to on the way is kept; what they came to in the end stays.
SESSION_READING_RETENTION_DAYS = environment.number(
    "SESSION_READING_RETENTION_DAYS", 90, least=1, most=3650
)
# So many applications for codes are taken from one address in an hour; 0 for no limit.
REGISTER_APPLICATIONS_PER_HOUR = environment.number(
    "REGISTER_APPLICATIONS_PER_HOUR", 5, least=0, most=10_000
)
# Without a mail server nothing is sent, and reminders are only shown to staff.
EMAIL_HOST = environment.text("EMAIL_HOST")
EMAIL_PORT = environment.number("EMAIL_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = environment.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = environment.flag("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text("EMAIL_FROM", f"portal@{_host}")
DATA_UPLOAD_MAX_MEMORY_SIZE = 20_000_000
# A tariff with a price for every hour of the week is a form of a few thousand fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
CELERY_BEAT_SCHEDULE.update(
    {
        "wake-due-deliveries": {"task": "exchange.tasks.wake_due", "schedule": 1.0},
        "schedule-pulls": {"task": "exchange.tasks.schedule_pulls", "schedule": 60.0},
        "fail-interrupted-handshakes": {
            "task": "credentials.tasks.fail_interrupted",
            "schedule": 30.0,
        },
        "count-unknown-tariffs": {
            "task": "locations.tasks.count_unknown_tariffs",
            "schedule": 3600.0,
        },
        "publish-tariff-drafts": {"task": "tariffs.tasks.publish_drafts", "schedule": 60.0},
        "turn-tariffs": {"task": "tariffs.tasks.turn_tariffs", "schedule": 120.0},
        "lint-tariffs": {"task": "tariffs.tasks.lint_tariffs", "schedule": 300.0},
        "keep-connections": {"task": "credentials.tasks.keep_up", "schedule": 600.0},
        "forget-authorizations": {
            "task": "tokens.tasks.forget_old_authorizations",
            "schedule": 6 * 3600.0,
        },
        "settle-commands": {"task": "charging.tasks.settle_commands", "schedule": 2.0},
        "forget-session-readings": {
            "task": "charging.tasks.forget_old_readings",
            "schedule": 6 * 3600.0,
        },
        "find-missing-cdrs": {"task": "review.tasks.find_missing", "schedule": 3600.0},
        "find-long-missing-cdrs": {
            "task": "review.tasks.find_long_missing",
            "schedule": 24 * 3600.0,
        },
        "match-waiting-invoices": {
            "task": "settlement.reconciliation.tasks.match_waiting",
            "schedule": 60.0,
        },
        "check-waiting-cdrs": {"task": "review.tasks.check_waiting", "schedule": 15.0},
        "refresh-registers": {"task": "registers.tasks.refresh", "schedule": 3600.0},
        "look-after-terms": {"task": "registers.tasks.look_after_terms", "schedule": 3600.0},
        "keep-partitions": {"task": "exchange.tasks.keep_partitions", "schedule": 6 * 3600.0},
    }
)
