"""The cast, the clock and the worlds they live in. Names carry the permission model."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.internal.flows import login
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from django.utils import timezone

from accounts import tasks  # noqa: F401 - every kind of notice is registered, as in a worker
from accounts.models import Clinic, Clinician, Patient, User
from tests import world
from triage.models import Intake
from visits.models import Visit, VisitType

# These drive real processes against the clock of a busy machine: one that fails is tried once more.
REAL_PROCESSES = ("tests/browser/", "test_run.py", "test_outages.py", "test_worker_killed.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(place in item.nodeid for place in REAL_PROCESSES):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(autouse=True, scope="session")
def _flush_may_truncate_locked_tables() -> Iterator[None]:
    """Tests with real commits empty every table; the triggers that forbid it step aside."""
    before = DatabaseOperations.execute_sql_flush

    def flush(self: DatabaseOperations, sql_list: list[str]) -> None:
        before(
            self, ["SET LOCAL session_replication_role = replica", *sql_list] if sql_list else []
        )

    DatabaseOperations.execute_sql_flush = flush
    yield
    DatabaseOperations.execute_sql_flush = before


@pytest.fixture(autouse=True)
def _plain_settings(settings) -> None:
    """No collectstatic before tests, quick password hashes, mail into a list."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


class Clock:
    """The time of a test: stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def move(self, **length: float) -> datetime:
        self.now += timedelta(**length)
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Monday, November 23, 2026, 10:00 in Austin (CST)."""
    clock = Clock(datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


@pytest.fixture
def clinic(db: None) -> Clinic:
    return world.make_clinic()


@pytest.fixture
def ada(clinic: Clinic) -> Patient:
    """The patient."""
    return world.make_patient(clinic, "Ada Rivera")


@pytest.fixture
def bello(clinic: Clinic) -> Clinician:
    """Her clinician."""
    return world.make_clinician(clinic, "Dr. Amara Bello")


@pytest.fixture
def chen(clinic: Clinic) -> Clinician:
    """A clinician of the same clinic who is not hers."""
    return world.make_clinician(clinic, "Dr. Wei Chen")


@pytest.fixture
def dana(clinic: Clinic) -> User:
    """The clinic's admin."""
    return world.make_admin(clinic, "Dana Ortiz")


@pytest.fixture
def gus(clinic: Clinic) -> User:
    """Ada's brother, whom she told of the visit: he can sign in and is no patient here."""
    return world.make_user("Gus Rivera")


@pytest.fixture
def zed(clinic: Clinic) -> Patient:
    """A stranger: another patient."""
    return world.make_patient(clinic, "Zed Stranger")


@pytest.fixture
def visit_type(clinic: Clinic) -> VisitType:
    return world.make_visit_type(clinic)


@pytest.fixture
def intake(ada: Patient) -> Intake:
    """Ada's, complete, and safe for video."""
    return world.make_intake(ada)


@pytest.fixture
def booked(intake: Intake, bello: Clinician, visit_type: VisitType) -> Visit:
    return world.book(intake, bello, visit_type)


@pytest.fixture
def waiting(booked: Visit) -> Visit:
    return world.wait(booked)


@pytest.fixture
def in_progress(booked: Visit) -> Visit:
    return world.start(booked)


@pytest.fixture
def completed(booked: Visit) -> Visit:
    return world.end(booked)


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """A browser in which this person has just signed in, staff with their second factor.

    With `proved` they have just shown again who they are, as signing demands.
    """

    def sign_in(person: User | Patient | Clinician, *, proved: bool = False) -> Client:
        user = person if isinstance(person, User) else person.user
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        session = client.session
        now = datetime.now(UTC).timestamp()
        session[login._AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
        session[login.AUTHENTICATION_METHODS_SESSION_KEY] = [
            {"method": "password", "at": now, "email": user.email},
            {"method": "mfa", "at": now, "type": "totp", "reauthenticated": proved},
        ]
        session.save()
        return client

    return sign_in


@pytest.fixture
def run_sql() -> Callable[..., list[tuple]]:
    """Goes round the code, straight to the database."""

    def run(sql: str, *parameters: object) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    return run
