"""The clinician's whole visit on one screen, and the moves made from it."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Clinician, Patient
from tests import world
from triage.models import FiredFlag, HistoryEntry, HistoryReview
from visits import brief, lifecycle, signing
from visits.models import Status, Visit, VisitType

NOTE = {"assessment": "A common cold.", "plan": "Rest."}


@pytest.fixture
def desk(bello: Clinician, signed_in: Callable) -> Client:
    return signed_in(bello)


def page_of(client: Client, visit: Visit) -> str:
    answer = client.get(reverse("chart", args=[visit.code]))
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, name: str, visit: Visit, **data: str):
    return client.post(reverse(name, args=[visit.code]), data)


def take(patient: Patient, kind: str, name: str, **fields: object) -> HistoryEntry:
    return HistoryEntry.objects.create(
        patient=patient, kind=kind, name=name, added_by=patient.user, **fields
    )


# --- what it shows ---


def test_the_brief_says_who_where_why_and_with_what(
    clock, waiting: Visit, ada: Patient, desk: Client
) -> None:
    take(ada, "medicine", "Lisinopril 10 mg", detail="mornings")
    take(ada, "condition", "High blood pressure")
    FiredFlag.objects.create(
        intake=waiting.intake, flag="RF001", urgency="same_day", advice="call", came_from="answer"
    )

    page = page_of(desk, waiting)

    assert "38, Female, born May 4, 1988" in page
    assert "A runny nose and a mild cough for three days." in page
    assert "12 Elm Street, Austin, Texas" in page
    assert "Licensed for Texas" in page
    assert "Lisinopril 10 mg" in page
    assert "mornings" in page
    assert "High blood pressure" in page
    assert "Struggling to breathe" in page
    assert "None, the patient says" in page


def test_an_allergy_list_that_nobody_asked_about_is_not_called_empty(
    waiting: Visit, desk: Client
) -> None:
    HistoryReview.objects.filter(intake=waiting.intake, kind="allergy").delete()

    [allergies, *_rest] = brief.of(waiting, now=waiting.starts_at).histories

    assert not allergies.was_asked
    assert not allergies.is_none
    assert "Not asked" in page_of(desk, waiting)


def test_an_ended_allergy_is_not_shown(clock, waiting: Visit, ada: Patient, desk: Client) -> None:
    take(ada, "allergy", "Penicillin", ended_at=clock.now)

    assert "Penicillin" not in page_of(desk, waiting)


def test_earlier_assessments_are_shown_when_they_are_signed(
    clock, completed: Visit, ada: Patient, bello: Clinician, visit_type: VisitType, desk: Client
) -> None:
    note = signing.open_note(completed, by=bello.user)
    note = signing.save(note, parts=NOTE, version=0, by=bello.user)
    clock.move(hours=1)
    later = world.book(world.make_intake(ada), bello, visit_type)
    assert "A common cold." not in page_of(desk, later)

    signing.sign(note, by=bello.user)

    desk = Client()
    desk.force_login(bello.user, backend="django.contrib.auth.backends.ModelBackend")
    assert "A common cold." in page_of(desk, later)


def test_the_stage_is_there_only_when_somebody_is_coming(booked: Visit, desk: Client) -> None:
    assert "<tm-room" not in page_of(desk, booked)
    world.wait(booked)
    assert "<tm-room" in page_of(desk, booked)


def test_opening_the_chart_is_audited_for_the_patient(waiting: Visit, desk: Client) -> None:
    page_of(desk, waiting)

    event = AuditEvent.objects.get(action="visit.read")
    assert event.patient == waiting.patient
    assert event.actor == waiting.clinician.user


def test_more_history_is_no_more_queries(waiting: Visit, ada: Patient, desk: Client) -> None:
    def count() -> int:
        page_of(desk, waiting)
        with CaptureQueriesContext(connection) as queries:
            page_of(desk, waiting)
        return len(queries)

    before = count()
    for number in range(10):
        take(ada, "medicine", f"Medicine {number}")

    assert count() == before


@pytest.mark.parametrize("name", ["chart", "chart_state"])
def test_the_chart_is_for_the_visits_clinician_alone(
    waiting: Visit,
    ada: Patient,
    zed: Patient,
    chen: Clinician,
    dana,
    signed_in: Callable,
    name: str,
) -> None:
    address = reverse(name, args=[waiting.code])

    assert signed_in(ada).get(address).status_code == 403
    for stranger in (zed, chen, dana):
        assert signed_in(stranger).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_the_note_says_which_parts_the_patient_reads(waiting: Visit, desk: Client) -> None:
    page = page_of(desk, waiting)

    assert "What you and the patient will do. The patient reads it too." in page
    assert "In plain words. The patient reads this in the summary." in page


# --- the moves ---


def test_admit_and_back_to_the_waiting_room(waiting: Visit, desk: Client) -> None:
    assert post(desk, "admit", waiting).url == reverse("chart", args=[waiting.code])
    waiting.refresh_from_db()
    assert waiting.status == Status.IN_PROGRESS

    post(desk, "put_back", waiting)
    waiting.refresh_from_db()
    assert waiting.status == Status.WAITING


def test_beside_the_picture_admit_changes_only_the_panel(waiting: Visit, desk: Client) -> None:
    answer = desk.post(reverse("admit", args=[waiting.code]), headers={"HX-Request": "true"})

    panel = answer.content.decode()
    assert answer.status_code == 200
    assert 'data-state="in_progress"' in panel
    assert reverse("put_back", args=[waiting.code]) in panel
    assert "<html" not in panel


def test_a_visit_that_nobody_waits_in_cannot_be_admitted(booked: Visit, desk: Client) -> None:
    answer = post(desk, "admit", booked)

    assert answer.status_code == 409
    assert answer["X-Refused"] == "not_now"


def test_finishing_needs_an_outcome_and_leaves_the_note_to_sign(
    in_progress: Visit, desk: Client
) -> None:
    assert post(desk, "complete", in_progress).status_code == 422
    assert post(desk, "complete", in_progress, outcome="cured").status_code == 422
    assert post(desk, "complete", in_progress, outcome="advice").status_code == 302

    in_progress.refresh_from_db()
    assert in_progress.status == Status.COMPLETED
    assert in_progress.outcome == "advice"
    assert reverse("sign_note", args=[in_progress.code]) in page_of(desk, in_progress)


@pytest.mark.parametrize(
    ("name", "right"),
    [("complete", {"outcome": "advice"}), ("redirect_visit", {"reason": "license"})],
)
def test_an_end_without_a_choice_leaves_the_call_alone(
    in_progress: Visit, desk: Client, name: str, right: dict[str, str]
) -> None:
    address = reverse(name, args=[in_progress.code])
    assert f'hx-post="{address}"' in page_of(desk, in_progress)

    wrong = desk.post(address, headers={"HX-Request": "true"})

    fragment = wrong.content.decode()
    assert wrong.status_code == 422
    assert "This field is required." in fragment
    assert f'hx-post="{address}"' in fragment
    assert "<html" not in fragment
    ended = desk.post(address, right, headers={"HX-Request": "true"})
    assert ended["HX-Redirect"] == reverse("chart", args=[in_progress.code])
    in_progress.refresh_from_db()
    assert in_progress.is_over


def test_not_coming_can_be_said_ten_minutes_after_the_start(
    clock, booked: Visit, bello: Clinician, signed_in: Callable
) -> None:
    clock.now = booked.starts_at
    address = reverse("no_show", args=[booked.code])
    assert address not in page_of(signed_in(bello), booked)
    assert post(signed_in(bello), "no_show", booked).status_code == 409

    clock.move(minutes=10)

    assert address in page_of(signed_in(bello), booked)
    assert post(signed_in(bello), "no_show", booked).url == reverse("queue")
    booked.refresh_from_db()
    assert booked.status == Status.NO_SHOW_PATIENT


def test_a_patient_whom_video_cannot_help_is_sent_where_they_are_helped(
    in_progress: Visit, desk: Client
) -> None:
    assert post(desk, "redirect_visit", in_progress, reason="nowhere").status_code == 422
    assert post(desk, "redirect_visit", in_progress, reason="emergency").status_code == 302

    in_progress.refresh_from_db()
    assert in_progress.status == Status.REDIRECTED


def test_the_panel_explains_why_a_patient_cannot_be_admitted(booked: Visit, desk: Client) -> None:
    lifecycle.arrive(world.check_in(booked, place="NY"), by=booked.patient.user)

    page = page_of(desk, booked)

    assert "You may not treat this patient while they are in New York." in page
    assert reverse("admit", args=[booked.code]) not in page


@pytest.mark.parametrize("name", ["admit", "put_back", "complete", "no_show", "redirect_visit"])
def test_moves_are_by_post_and_by_the_clinician(
    waiting: Visit, ada: Patient, chen: Clinician, desk: Client, signed_in: Callable, name: str
) -> None:
    address = reverse(name, args=[waiting.code])

    assert desk.get(address).status_code == 405
    assert signed_in(ada).post(address).status_code == 403
    assert signed_in(chen).post(address).status_code == 404
    waiting.refresh_from_db()
    assert waiting.status == Status.WAITING
