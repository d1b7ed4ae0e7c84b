"""The demo clinic: ready at any hour of any day, with a page of its own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Clinician, Patient, User
from telemed import demo
from telemed.demo import doors
from tests import world
from visits import booking, finding, lifecycle
from visits.models import Status, Visit, VisitType

MONDAY = datetime(2026, 11, 23, 16, 7, tzinfo=UTC)  # 10:07 in Austin
# Sunday at 3 a.m., a quarter before the end of a day, and five minutes before clocks change.
HOURS = [
    datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    datetime(2026, 11, 24, 5, 45, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 55, tzinfo=UTC),
]


def seed(now: datetime) -> None:
    with mock.patch.object(timezone, "now", return_value=now):
        call_command("seed", verbosity=0)


def bello() -> Clinician:
    return Clinician.objects.select_related("user").get(user__email=doors.BELLO)


def ada() -> Patient:
    return Patient.objects.select_related("user").get(user__email=doors.ADA)


@pytest.mark.django_db
@pytest.mark.parametrize("now", HOURS, ids=str)
def test_at_any_hour_somebody_waits_and_ada_is_seen_soon(clock, now: datetime) -> None:
    clock.now = now
    seed(now)
    queue = list(bello().visits.filter(status=Status.WAITING).order_by("waiting_since"))
    assert len(queue) >= 2
    assert bello().visits.filter(status=Status.CHECKED_IN).exists()
    assert lifecycle.admit(queue[0], by=bello().user).status == Status.IN_PROGRESS

    intake = world.make_intake(ada(), place="TX")
    visit_type = VisitType.objects.get(name="Video visit")
    today = timezone.localtime(now).date()
    found = finding.find(intake, visit_type, first_day=today, days=2, now=now)
    starts = [
        start
        for offer in found.offers
        if offer.clinician == bello()
        for each in offer.days.values()
        for start in each
    ]
    assert min(starts) - now <= timedelta(minutes=45)
    held = booking.hold(
        intake, clinician=bello(), visit_type=visit_type, starts_at=min(starts), by=ada().user
    )
    assert booking.confirm(held, by=ada().user).status == Status.BOOKED


@pytest.mark.django_db
def test_the_same_day_gives_the_same_clinic(clock) -> None:
    pictures = []
    for _time in range(2):
        with transaction.atomic():
            seed(MONDAY)
            rows = Visit.objects.order_by("code").values_list(
                "code", "status", "starts_at", "patient__code", "clinician__npi"
            )
            pictures.append(list(rows))
            transaction.set_rollback(True)
    assert pictures[0] == pictures[1]


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["seed", "demo_code"])
def test_outside_the_demo_there_are_no_made_up_people_and_no_known_codes(settings, command) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command(command)
    assert not User.objects.exists()


def test_the_banner_says_where_and_as_whom() -> None:
    text = demo.banner("http://127.0.0.1:8170")
    for part in ("http://127.0.0.1:8170", "make code", doors.PASSPHRASE, *[
        one.email for one in demo.sign_ins()
    ]):  # fmt: skip
        assert part in text


def test_a_code_lasts_as_long_as_it_says() -> None:
    first = doors.current_code(at=1_000_000_000.0)
    assert doors.current_code(at=1_000_000_000.0 + first.seconds_left - 1).digits == first.digits
    assert doors.current_code(at=1_000_000_000.0 + first.seconds_left).digits != first.digits


def test_demo_code_prints_the_code(capsys) -> None:
    before = doors.current_code().digits
    call_command("demo_code")
    assert capsys.readouterr().out.split()[0] in (before, doors.current_code().digits)


# --- its page ---


def test_the_page_shows_who_and_the_code(client: Client, clinic) -> None:
    before = doors.current_code().digits
    page = client.get("/demo/").content.decode()
    assert all(one.email in page for one in demo.sign_ins())
    assert before in page or doors.current_code().digits in page


def test_the_page_shows_the_mail_and_opens_it(client: Client, clinic, settings, tmp_path) -> None:
    settings.MAIL_FOLDER = tmp_path
    settings.EMAIL_BACKEND = "accounts.mailbox.FolderBackend"
    EmailMessage(
        "Your code", "It is 482913 <script>", to=["ada@example.com"],
        headers={"Message-ID": "<a1@example.com>"},
    ).send()  # fmt: skip
    assert "Your code" in client.get("/demo/").content.decode()
    name = next(tmp_path.glob("*.eml")).stem
    letter = client.get(f"/demo/mail/{name}/").content.decode()
    assert "482913 &lt;script&gt;" in letter
    assert client.get("/demo/mail/..%2Fsecrets/").status_code == 404
    assert client.get("/demo/mail/nothing/").status_code == 404


def test_without_demo_the_page_is_not_there(client: Client, clinic, settings) -> None:
    settings.DEMO = False
    assert client.get("/demo/").status_code == 404
    assert client.get("/demo/mail/a/").status_code == 404


def test_the_front_page_asks_as_much_for_ten_more(
    client: Client, clinic, bello, visit_type, django_assert_num_queries
) -> None:
    queries = _count(lambda: client.get("/"))
    for number in range(10):
        world.make_clinician(clinic, f"Dr. Number {number}")
        world.make_visit_type(clinic, name=f"Type {number}")
    with django_assert_num_queries(queries):
        client.get("/")


def test_the_privacy_page_is_open_to_everybody(client: Client, clinic) -> None:
    page = client.get("/privacy/").content.decode()
    assert "There is no recording" in page
    assert clinic.phone in page


def _count(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)
