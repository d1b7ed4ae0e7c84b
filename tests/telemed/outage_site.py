"""A small site with the real settings, for test_outages.py: one path a line in, one answer out."""

import json
import os
import sys
import time

import django
from django.core.management import call_command
from django.db import close_old_connections, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from accounts import live


def rows(request: HttpRequest) -> HttpResponse:
    """A page that reads the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("read")


def session(request: HttpRequest) -> HttpResponse:
    """A page whose middleware reads the database: with a cookie, the session and its user."""
    return HttpResponse(str(request.user.is_authenticated))


def news(request: HttpRequest) -> HttpResponse:
    """A page that has news to tell and work to give away."""
    with transaction.atomic():
        live.tell("outage", {"type": "news"})
        live.soon("telemed.heartbeat")
    return HttpResponse("told")


urlpatterns = [path("rows/", rows), path("session/", session), path("news/", news)]
handler500 = "telemed.errors.broken"


def main() -> None:
    call_command("migrate", "sessions", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS accounts_key_proof (token text NOT NULL)")
    client = Client(raise_request_exception=False, SERVER_NAME="127.0.0.1")
    answer("ready", 0, 0.0)
    for line in sys.stdin:
        begun = time.monotonic()
        # Each time anew: a session that is not found takes its cookie away.
        client.cookies["sessionid"] = "someone" * 4
        # The test client leaves out what a server does between two requests.
        close_old_connections()
        page = client.get(line.strip())
        close_old_connections()
        answer(page.content.decode(), page.status_code, time.monotonic() - begun)


def answer(text: str, status: int, seconds: float) -> None:
    sys.stdout.write(json.dumps({"text": text, "status": status, "seconds": seconds}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.telemed.outage_settings"
    django.setup()
    main()
