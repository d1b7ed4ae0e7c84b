"""Every setting there is. What differs by place is an environment variable, read here alone.

`DEMO=1` is the clinic that `make run` opens: it brings its own database, keys and mailbox.
Without it every key and address must be given, and a missing one stops the start.
"""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from telemed import env

BASE_DIR = Path(__file__).resolve().parent.parent
DEMO = env.flag("DEMO")
DEBUG = env.flag("DEBUG")
if DEBUG and not DEMO:
    env.stop("DEBUG=1 shows what people typed on error pages; it needs DEMO=1 beside it.")
DATA_DIR = env.path("DATA_DIR", BASE_DIR / ".data")

# --- Keys -------------------------------------------------------------------------------------
_KEY_HELP = "See docs/operations.md; DEMO=1 makes one for a trial."
SECRET_KEY = env.secret("SECRET_KEY", least=6 if DEMO else 50, why=_KEY_HELP)
# The first key writes, every key reads: put a new one in front, then run `rotate_keys`.
FIELD_ENCRYPTION_KEY = env.fernet_keys("FIELD_ENCRYPTION_KEYS", why=_KEY_HELP)
SIGNING_KEY = env.secret("SIGNING_KEY", least=6 if DEMO else 32, why=_KEY_HELP)

# --- Where it answers ---------------------------------------------------------------------------
PORT = env.integer("PORT", 8000, least=1, most=65535)
BASE_URL = env.site(
    env.text(
        "BASE_URL",
        f"http://127.0.0.1:{PORT}" if DEMO else None,
        why="Example: https://clinic.example.",
    )
)
HTTPS = BASE_URL.startswith("https://")
if not (HTTPS or DEMO):
    env.stop("BASE_URL must begin with https:// (browsers give no camera to a page without it).")
ALLOWED_HOSTS = [env.host(BASE_URL)]
ALLOWED_HOSTS += env.words("ALLOWED_HOSTS", "127.0.0.1,localhost" if DEMO else "")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- Application --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "channels",
    "django_htmx",
    "django.forms",
    "csp",
    "telemed",
    "accounts",
    "triage",
    "visits",
    "prescriptions",
    "video",
]

MIDDLEWARE = [
    "telemed.logs.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "telemed.errors.PartIsDown",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.Preferences",
    "accounts.middleware.SecondFactorForStaff",
    "telemed.errors.RefusedAnswer",
]

ROOT_URLCONF = "telemed.urls"
WSGI_APPLICATION = "telemed.wsgi.application"
ASGI_APPLICATION = "telemed.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.place",
                "telemed.context.demo",
            ],
            "builtins": ["accounts.templatetags.telemed"],
        },
    },
]
FORM_RENDERER = "accounts.widgets.Renderer"

# --- Database, Redis ------------------------------------------------------------------------------
# The demo's commands that only read files run without a database and so have no address.
_DATABASE = env.postgres(
    env.text("DATABASE_URL", "postgresql://unset/unset" if DEMO else None, why=_KEY_HELP)
)
_POOL = env.integer("DATABASE_POOL", 8)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **_DATABASE,
        # With PgBouncer in transaction mode set DATABASE_POOL=0: it pools, and no cursor of the
        # server's or prepared statement may outlive a transaction.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "prepare_threshold": None,
            "options": "-c lock_timeout=8s -c idle_in_transaction_session_timeout=60s",
            **(
                {
                    "pool": {
                        "min_size": 1,
                        "max_size": _POOL,
                        "timeout": 4,
                        # Short, or the pauses between tries outlast the outage by minutes.
                        "reconnect_timeout": 4,
                    }
                }
                if _POOL
                else {}
            ),
        },
    }
}
REDIS_URL = env.redis(env.text("REDIS_URL", "redis://unset" if DEMO else None, why=_KEY_HELP))
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            # A Redis that hangs must not hang the page that has news to send.
            "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 1, "socket_timeout": 2}],
            # Two clinics on one Redis, or two workers of a test run, must not hear each other.
            "prefix": env.text("CHANNEL_PREFIX", "telemed"),
        },
    }
}
# In the database: sign-in limits must hold, and pages must work, while Redis is away.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
    }
}

# --- Background work ------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SERIALIZER = "json"
# They are handed out again, and are safe to run twice.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page must not wait for a Redis that is away: the beat finds what was not announced.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    # What a killed worker held comes back after this long: more than any task's time limit.
    "visibility_timeout": 180,
}
# The worker, though, asks again for as long as it takes.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BEAT_SCHEDULE = {
    "send-due-notices": {"task": "accounts.send_due_notices", "schedule": 10.0},
    "release-expired-holds": {"task": "visits.release_expired_holds", "schedule": 30.0},
    "sign-audit-days": {"task": "accounts.sign_audit_days", "schedule": 3600.0},
    # Expires, so that a worker that was away does not find a heap of them.
    "heartbeat": {"task": "telemed.heartbeat", "schedule": 15.0, "options": {"expires": 15}},
}
WORKER_MISSED_AFTER = 60  # seconds

# --- People ---------------------------------------------------------------------------------------
# The address is unique without regard to case, by a constraint that this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        # NIST SP 800-63B-4: 15 characters for a password alone, no composition rules.
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("home")
ACCOUNT_LOGOUT_REDIRECT_URL = reverse_lazy("front")
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Telemed"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# How long a signed-in browser may rest before it must sign in again.
IDLE_LIMIT_STAFF = timedelta(minutes=env.integer("IDLE_MINUTES_STAFF", 30, least=1, most=720))
IDLE_LIMIT_PATIENT = timedelta(minutes=env.integer("IDLE_MINUTES_PATIENT", 60, least=1, most=720))

# --- Safety of pages --------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
# How many proxies of the clinic's own stand in front: the address of a caller, by which sign-in
# attempts are counted, is taken from what the last of them says.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXIES", 0 if DEMO else 1, most=9)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "telemed.errors.csrf_failed"
_SOCKETS = BASE_URL.replace("http", "ws", 1)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        # 'self' covers wss: in every current browser; Safari before 15.4 needs the address.
        "connect-src": [SELF, _SOCKETS],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
PERMISSIONS_POLICY: dict[str, str | list[str]] = {
    "camera": "self",
    "microphone": "self",
    "display-capture": "self",
    "fullscreen": "self",
    "screen-wake-lock": "self",
    "picture-in-picture": "self",
    "publickey-credentials-get": "self",
    "publickey-credentials-create": "self",
    "geolocation": [],
    "payment": [],
    "usb": [],
    "accelerometer": [],
    "gyroscope": [],
    "magnetometer": [],
    "autoplay": "self",
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

# --- Language, time, files ----------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
# Our own texts, which are collected; the sentences of reference tables; words of packages.
LOCALE_PATHS = [
    BASE_DIR / "telemed" / name for name in ("locale", "locale_of_tables", "locale_of_packages")
]
FORMAT_MODULE_PATH = "telemed.formats"
LANGUAGE_COOKIE_AGE = 31_536_000
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "telemed.storage.HashedModules"},
}
MEDIA_ROOT = env.path("MEDIA_ROOT", DATA_DIR / "media")

# --- Mail -------------------------------------------------------------------------------------
# smtp://user:password@host:587 ; the demo keeps its mail in a folder, readable at /demo/.
EMAIL_URL = env.text(
    "EMAIL_URL", "folder://" if DEMO else None, why="Example: smtp://user@host:587."
)
MAIL_FOLDER = DATA_DIR / "mail"
_MAIL = env.mail(EMAIL_URL)
EMAIL_BACKEND = _MAIL.backend
EMAIL_HOST, EMAIL_PORT = _MAIL.host, _MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _MAIL.is_tls_from_the_start, _MAIL.upgrades_to_tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", "Harbor Clinic <clinic@example.com>" if DEMO else None)

# --- Video ------------------------------------------------------------------------------------
# turn:host:3478?transport=udp,turns:host:443?transport=tcp ; none means direct paths only.
TURN_URLS = env.turn(env.words("TURN_URLS"))
TURN_SECRET = env.secret("TURN_SECRET", least=6 if DEMO else 20, why=_KEY_HELP)
MEDIA_SESSIONS = env.integer("MEDIA_SESSIONS", 25, least=1, most=100)

# --- Logs -------------------------------------------------------------------------------------
LOG_LEVEL = env.choice(
    "LOG_LEVEL", "WARNING" if DEMO else "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"]
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "telemed.logs.AddRequestId"}},
    "formatters": {"json": {"()": "telemed.logs.Formatter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": LOG_LEVEL},
        "django.server": {"handlers": ["console"], "propagate": False},
        "daphne": {"level": "WARNING"},
        "aioice": {"level": "WARNING"},
        # One line a second and process while Redis is away; /healthz says it better.
        "channels_redis": {"level": "CRITICAL"},
        "telemed": {"level": "INFO"},
    },
}
