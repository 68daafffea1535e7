"""Settings: one file, everything from the environment (.env.example lists it), runs from a bare checkout.

Without FLOWZA_HOSTS Flowza is a local installation: it answers to this machine's own names only, over
plain HTTP, keeps everything under var/ and makes its own secret key. With FLOWZA_HOSTS it is a
deployment: the secret key is required and browsers are told to use HTTPS.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from environs import Env

from flowza.secret import read_or_create

BASE_DIR = Path(__file__).resolve().parent.parent
django_stubs_ext.monkeypatch()  # ModelAdmin[Row] and the like may be written at run time
env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)

# Where and who

DEBUG = env.bool("FLOWZA_DEBUG", False)
HOSTS: list[str] = env.list("FLOWZA_HOSTS", [])
LOCAL = not HOSTS
ALLOWED_HOSTS = HOSTS or ["localhost", "127.0.0.1", "[::1]", "testserver"]
DATA_DIR = Path(env.str("FLOWZA_DATA_DIR", str(BASE_DIR / "var"))).expanduser().resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
STORE_ROOT = DATA_DIR / "store"
"""Outputs of steps, by content key."""
SECRET_KEY = (
    env.str("FLOWZA_SECRET_KEY", "") or read_or_create(DATA_DIR / "secret-key")
    if LOCAL
    else env.str("FLOWZA_SECRET_KEY")
)
SECRET_KEY_FALLBACKS: list[str] = env.list("FLOWZA_SECRET_KEY_FALLBACKS", [])
SIGNUP_OPEN = env.bool("FLOWZA_SIGNUP", True)
SITE_URL = env.str("FLOWZA_URL", f"https://{HOSTS[0]}" if HOSTS else "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "django_q",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials",
    "apps.accounts",
    "apps.datasets",
    "apps.workflows",
    "apps.runs",
    "apps.registry",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.RegionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.accounts.middleware.SignInRequiredMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "flowza.urls"
WSGI_APPLICATION = "flowza.wsgi.application"

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
                "apps.accounts.context.site",
            ],
            "builtins": ["template_partials.templatetags.partials", "apps.accounts.templatetags.flowza"],
        },
    }
]

# Database. SQLite in WAL mode takes many readers and one writer; IMMEDIATE makes a writer wait for its
# turn at BEGIN instead of failing half way with "database is locked".

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
# A process that stands still inside a transaction (stopped, or on a machine that froze) holds its locks for as long as
# the server lets it. The longest pause between two statements of ours is a file that is stored: seconds.
POSTGRES_IDLE_SECONDS = 60
POSTGRES_LOCK_SECONDS = 90


def postgres_options(idle: float = POSTGRES_IDLE_SECONDS, lock: float = POSTGRES_LOCK_SECONDS) -> dict[str, str]:
    """Settings of each PostgreSQL session: after how many seconds an idle transaction ends, a wait for a lock fails."""
    limits = {"idle_in_transaction_session_timeout": idle, "lock_timeout": lock}
    return {"options": " ".join(f"-c {name}={seconds * 1000:.0f}" for name, seconds in limits.items())}


DATABASES: dict[str, dict[str, Any]] = {
    "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'flowza.sqlite3'}")
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | postgres_options()
DATABASES["default"] |= {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Files

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("FLOWZA_STATIC_DIR", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
if bucket := env.str("FLOWZA_S3_BUCKET", ""):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env.str("FLOWZA_S3_ENDPOINT", "") or None,
            "region_name": env.str("FLOWZA_S3_REGION", "") or None,
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = LOCAL
WHITENOISE_MAX_AGE = 0 if LOCAL else 3600

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesBackend", "apps.accounts.backends.NameOrEmailBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=24).total_seconds())
TRUSTED_PROXIES = env.int("FLOWZA_TRUSTED_PROXIES", 0)
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_CLIENT_IP_CALLABLE = "apps.accounts.client_address.client_address"
AXES_SENSITIVE_PARAMETERS = ["username", "password", "ip_address"]
AXES_VERBOSE = False

# Mail. Without a server people find messages in their inbox here, and the pages say so.

EMAIL_HOST = env.str("FLOWZA_SMTP_HOST", "")
EMAIL_CONFIGURED = bool(EMAIL_HOST)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_CONFIGURED else 'console'}.EmailBackend"
EMAIL_PORT = env.int("FLOWZA_SMTP_PORT", 587)
EMAIL_HOST_USER = env.str("FLOWZA_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.str("FLOWZA_SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.bool("FLOWZA_SMTP_TLS", True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("FLOWZA_MAIL_FROM", "Flowza <flowza@localhost>")

# Browsers' walls

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
HTTPS = env.bool("FLOWZA_HTTPS", not LOCAL)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.int("FLOWZA_HSTS_SECONDS", 31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
CSRF_TRUSTED_ORIGINS: list[str] = env.list("FLOWZA_TRUSTED_ORIGINS", [])
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# Uploads: the largest file, what a packed one may unpack to, and what the process that reads a file may use.

FLOWZA_UPLOAD_LIMIT = env.int("FLOWZA_UPLOAD_LIMIT_MB", 500) * 1024**2
FLOWZA_UNPACKED_LIMIT = env.int("FLOWZA_UNPACKED_LIMIT_MB", 0) * 1024**2
IMPORT_MEMORY_LIMIT_MB = env.int("FLOWZA_IMPORT_MEMORY_LIMIT_MB", 0)
IMPORT_SECONDS_LIMIT = env.int("FLOWZA_IMPORT_SECONDS_LIMIT", 600)

# The queue: facts behind each number in docs/architecture.md. The database is the broker; a task is
# delivered again only after `retry`, which therefore lies beyond the longest run.

RUN_SECONDS_LIMIT = env.int("FLOWZA_RUN_SECONDS_LIMIT", 6 * 3600)
RUN_MEMORY_LIMIT_MB = env.int("FLOWZA_RUN_MEMORY_LIMIT_MB", 0)
RUN_PROCESSES = env.int("FLOWZA_RUN_PROCESSES", min(4, os.cpu_count() or 1))
Q_CLUSTER: dict[str, Any] = {
    "name": "flowza",
    "label": "Queue",
    "orm": "default",
    "workers": env.int("FLOWZA_WORKERS", 2),
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.05,
    "guard_cycle": 0.5,
    "catch_up": False,
    "timeout": RUN_SECONDS_LIMIT + 600,
    "retry": RUN_SECONDS_LIMIT + 1200,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "daemonize_workers": False,
    "log_level": "WARNING",
}

# The API

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.api_authentication.PersonalTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "apps.accounts.api_errors.handle",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "apps.accounts.api_throttles.BurstThrottle",
        "apps.accounts.api_throttles.SustainedThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("FLOWZA_API_RATE_ANONYMOUS", "60/min"),
        "burst": env.str("FLOWZA_API_RATE_BURST", "600/min"),
        "sustained": env.str("FLOWZA_API_RATE_SUSTAINED", "20000/hour"),
    },
    "NUM_PROXIES": TRUSTED_PROXIES,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Flowza API",
    "DESCRIPTION": "Datasets, workflows, runs and models. Sign requests with a personal token: "
    "`Authorization: Bearer flz_p_…` (Settings, Personal tokens).",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "RunState": "apps.runs.models.Run.State",
        "NodeRunState": "apps.runs.models.NodeRun.State",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Words, times, logs

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "flowza.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("FLOWZA_LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "django-q": {"handlers": [], "level": "WARNING", "propagate": True},
        "axes": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
