"""The clinician's day: who waits, since when and why, in a constant number of queries."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Clinic, Clinician, Patient
from tests import world
from visits import licensed, lifecycle, queue, signing
from visits.models import Visit, VisitType


@pytest.fixture
def desk(bello: Clinician, signed_in: Callable) -> Client:
    return signed_in(bello)


def somebody_books(
    clinic: Clinic, clinician: Clinician, visit_type: VisitType, *, number: int
) -> Visit:
    patient = world.make_patient(clinic, f"Patient {number}")
    start = world.next_slot(timedelta(minutes=20 * number))
    return world.book(world.make_intake(patient), clinician, visit_type, starts_at=start)


def groups(clinician: Clinician) -> dict[str, list[Visit]]:
    today = queue.today(clinician, now=timezone.now())
    return {
        name: [row.visit for row in getattr(today, name)]
        for name in ("waiting", "in_call", "checked_in", "booked", "to_sign")
        if getattr(today, name)
    }


def test_a_visit_goes_through_the_groups_of_the_queue(
    clock, booked: Visit, bello: Clinician
) -> None:
    assert groups(bello) == {"booked": [booked]}
    world.check_in(booked)
    assert groups(bello) == {"checked_in": [booked]}
    lifecycle.arrive(booked, by=booked.patient.user)
    assert groups(bello) == {"waiting": [booked]}
    lifecycle.admit(booked, by=bello.user)
    assert groups(bello) == {"in_call": [booked]}
    lifecycle.complete(booked, by=bello.user, outcome="advice")
    assert groups(bello) == {"to_sign": [booked]}
    note = signing.open_note(booked, by=bello.user)
    parts = {"assessment": "A cold.", "plan": "Rest."}
    note = signing.save(note, parts=parts, version=0, by=bello.user)
    assert groups(bello) == {"to_sign": [booked]}
    signing.sign(note, by=bello.user)
    assert groups(bello) == {}


def test_a_colleagues_visits_are_not_in_the_queue(clock, booked: Visit, chen: Clinician) -> None:
    assert groups(chen) == {}


def test_tomorrows_visits_are_not_in_todays_queue(
    clock, ada: Patient, bello: Clinician, visit_type: VisitType
) -> None:
    start = world.next_slot(timedelta(days=1))
    world.book(world.make_intake(ada), bello, visit_type, starts_at=start)

    assert groups(bello) == {}


def test_a_visit_of_late_tonight_is_today_where_the_clinician_is(
    clock, ada: Patient, bello: Clinician, visit_type: VisitType
) -> None:
    # 11:40 p.m. in Austin is tomorrow already in UTC.
    start = world.next_slot(timedelta(hours=13, minutes=40))
    visit = world.book(world.make_intake(ada), bello, visit_type, starts_at=start)

    assert groups(bello) == {"booked": [visit]}


def test_a_note_of_last_week_still_waits_for_its_signature(
    clock, completed: Visit, bello: Clinician
) -> None:
    clock.move(days=7)

    assert groups(bello) == {"to_sign": [completed]}


def test_who_came_first_is_first(
    clock, booked: Visit, clinic: Clinic, bello: Clinician, visit_type: VisitType
) -> None:
    other = somebody_books(clinic, bello, visit_type, number=2)
    clock.move(minutes=15)
    world.wait(other)
    clock.move(minutes=5)
    world.wait(booked)
    clock.move(minutes=3)

    rows = queue.today(bello, now=clock.now).waiting

    assert [row.visit for row in rows] == [other, booked]
    assert [row.minutes_waited for row in rows] == [8, 3]


def test_a_row_says_who_since_when_where_and_why(clock, waiting: Visit, desk: Client) -> None:
    clock.move(minutes=6)

    page = desk.get(reverse("queue")).content.decode()

    assert "Ada Rivera" in page
    assert ">6</tm-since>" in page
    assert "A runny nose and a mild cough for three days." in page
    assert "now in Texas" in page
    assert "Licensed for Texas" in page
    assert "10:20 a.m. CST" in page.replace("\xa0", " ")
    assert "Routine" in page
    assert reverse("admit", args=[waiting.code]) in page


def test_only_the_first_line_of_the_reason_is_shown_and_a_long_one_is_cut(
    clock, ada: Patient, bello: Clinician, visit_type: VisitType
) -> None:
    intake = world.make_intake(ada, reason="y" * 300 + "\nsecond line")
    world.book(intake, bello, visit_type)

    [row] = queue.today(bello, now=clock.now).booked

    assert len(row.first_words) == queue.FIRST_WORDS
    assert row.first_words.endswith("y…")


def test_a_patient_in_a_state_without_license_cannot_be_admitted(
    clock, booked: Visit, desk: Client
) -> None:
    lifecycle.arrive(world.check_in(booked, place="NY"), by=booked.patient.user)

    page = desk.get(reverse("queue")).content.decode()

    assert "Not licensed for New York" in page
    assert reverse("admit", args=[booked.code]) not in page
    refused = desk.post(reverse("admit", args=[booked.code]))
    assert refused.status_code == 409
    assert refused["X-Refused"] == "not_licensed_here"


def test_a_license_suspended_while_a_patient_waits_is_seen_at_once(
    clock, waiting: Visit, desk: Client
) -> None:
    assert "Licensed for Texas" in desk.get(reverse("queue")).content.decode()
    waiting.clinician.licenses.update(status="suspended")

    page = desk.get(reverse("queue")).content.decode()
    chart = desk.get(reverse("chart", args=[waiting.code])).content.decode()

    for shown in (page, chart):
        assert "Not licensed for Texas" in shown
        assert reverse("admit", args=[waiting.code]) not in shown
    refused = desk.post(reverse("admit", args=[waiting.code]))
    assert (refused.status_code, refused["X-Refused"]) == (409, "not_licensed_here")


def test_a_license_that_ends_before_a_booked_visit_does_not_count_for_it(
    clock, booked: Visit
) -> None:
    day = licensed.day_for(booked, booked.starts_at)
    booked.clinician.licenses.update(expires_on=day)
    [row] = queue.today(booked.clinician, now=clock.now).booked
    assert row.is_licensed

    licenses = booked.clinician.licenses.all()
    booked.starts_at += timedelta(days=1)
    assert not licensed.standing(booked, licenses, now=clock.now).is_allowed


def test_an_empty_day_says_so(desk: Client) -> None:
    page = desk.get(reverse("queue")).content.decode()

    assert "Nothing for today" in page
    assert reverse("schedule") in page


def test_the_rows_alone_are_a_fragment_for_the_live_page(
    clock, waiting: Visit, desk: Client
) -> None:
    rows = desk.get(reverse("queue_rows")).content.decode()

    assert "Ada Rivera" in rows
    assert "<html" not in rows


def test_ten_more_rows_are_no_more_queries(
    clock, waiting: Visit, clinic: Clinic, visit_type: VisitType, signed_in: Callable
) -> None:
    before = queries_of_the_queue(signed_in(waiting.clinician), rows=1)

    others = [
        somebody_books(clinic, waiting.clinician, visit_type, number=each) for each in range(2, 12)
    ]
    clock.move(hours=3)
    for visit in others[:5]:
        world.wait(visit)

    assert queries_of_the_queue(signed_in(waiting.clinician), rows=11) == before


def queries_of_the_queue(client: Client, *, rows: int) -> int:
    client.get(reverse("queue"))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("queue")).content.decode()
    assert page.count('<div class="who">') == rows
    return len(queries)


def test_reading_the_queue_is_audited_once_a_page(clock, waiting: Visit, desk: Client) -> None:
    desk.get(reverse("queue"))

    event = AuditEvent.objects.get(action="queue.read")
    assert event.subject == f"clinician:{waiting.clinician.code}"


def test_the_queue_is_for_clinicians(ada: Patient, dana, signed_in: Callable) -> None:
    for name in ("queue", "queue_rows"):
        assert signed_in(ada).get(reverse(name)).status_code == 403
        assert signed_in(dana).get(reverse(name)).status_code == 403
        assert Client().get(reverse(name)).status_code == 302
