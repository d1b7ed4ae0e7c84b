"""The real settings with the addresses of outage_site.py."""

from telemed.settings import *  # noqa: F403

ROOT_URLCONF = "tests.telemed.outage_site"
STORAGES = {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
