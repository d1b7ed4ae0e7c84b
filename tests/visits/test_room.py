"""The patient's waiting room: what it says at each turn of the visit."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Clinician, Patient
from tests import world
from visits import booking, lifecycle, signing
from visits.models import Status, Visit


@pytest.fixture
def phone(ada: Patient, signed_in: Callable) -> Client:
    return signed_in(ada)


def state_of(client: Client, visit: Visit) -> str:
    answer = client.get(reverse("room_state", args=[visit.code]))
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()
    return answer.content.decode()


def test_before_check_in_the_room_leads_to_check_in(booked: Visit, phone: Client) -> None:
    answer = phone.get(reverse("room", args=[booked.code]))

    assert answer.url == reverse("check_in", args=[booked.code])


def test_i_am_ready_is_the_one_thing_to_do_after_check_in(booked: Visit, phone: Client) -> None:
    world.check_in(booked)
    address = reverse("room", args=[booked.code])
    page = phone.get(address).content.decode()
    assert "I’m ready" in page
    assert "<tm-room" in page

    assert phone.post(address).url == address

    booked.refresh_from_db()
    assert booked.status == Status.WAITING
    assert "knows you are here" in phone.get(address).content.decode()


def test_beside_the_mirror_i_am_ready_changes_only_the_words(booked: Visit, phone: Client) -> None:
    world.check_in(booked)

    answer = phone.post(reverse("room", args=[booked.code]), headers={"HX-Request": "true"})

    assert "knows you are here" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_being_ready_twice_is_refused_and_nothing_moves(waiting: Visit, phone: Client) -> None:
    answer = phone.post(reverse("room", args=[waiting.code]))

    assert answer.status_code == 409
    waiting.refresh_from_db()
    assert waiting.status == Status.WAITING


def test_waiting_says_with_whom_since_when_and_where(clock, waiting: Visit, phone: Client) -> None:
    clock.move(minutes=6)

    words = state_of(phone, waiting)

    assert "Dr. Amara Bello knows you are here" in words
    assert "since <time" in words
    assert "10 a.m. CST" in words.replace("\xa0", " ")
    assert "10:20 a.m. CST" in words.replace("\xa0", " ")
    assert "You told us that you are in Texas" in words
    assert reverse("check_in", args=[waiting.code]) in words


def test_the_words_follow_the_visit_to_its_summary(
    waiting: Visit, bello: Clinician, phone: Client
) -> None:
    lifecycle.admit(waiting, by=bello.user)
    assert "is letting you in" in state_of(phone, waiting)

    lifecycle.complete(waiting, by=bello.user, outcome="advice")
    words = state_of(phone, waiting)
    assert "is finishing the note" in words
    assert reverse("summary", args=[waiting.code]) in words

    note = signing.open_note(waiting, by=bello.user)
    parts = {"assessment": "A cold.", "plan": "Rest."}
    signing.sign(signing.save(note, parts=parts, version=0, by=bello.user), by=bello.user)
    assert "Your summary is ready" in state_of(phone, waiting)


@pytest.mark.parametrize("is_waiting", [False, True], ids=["checked in", "waiting"])
def test_a_patient_whom_this_clinician_may_not_treat_is_not_left_waiting(
    booked: Visit, phone: Client, is_waiting: bool
) -> None:
    world.check_in(booked, place="NY")
    if is_waiting:
        lifecycle.arrive(booked, by=booked.patient.user)

    words = state_of(phone, booked)

    assert "may not treat you in New York" in words
    assert reverse("check_in", args=[booked.code]) in words
    assert (reverse("reschedule", args=[booked.code]) in words) == (not is_waiting)
    assert "I’m ready" not in words


def test_a_cancelled_visit_says_so_and_what_next(booked: Visit, phone: Client) -> None:
    booking.cancel(booked, by=booked.patient.user, reason="better")

    words = state_of(phone, booked)

    assert "This visit was cancelled" in words
    assert reverse("patient_home") in words


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("emergency", "You need emergency care now"),
        ("in_person", "Please be seen in person"),
        ("license", "may not treat patients in Texas"),
    ],
)
def test_a_visit_that_cannot_help_says_where_to_go(
    waiting: Visit, bello: Clinician, phone: Client, reason: str, sentence: str
) -> None:
    lifecycle.redirect(waiting, by=bello.user, reason=reason)

    words = state_of(phone, waiting)

    assert sentence in words
    assert ("tel:911" in words) == (reason == "emergency")


def test_a_room_of_a_visit_that_is_over_has_no_camera(completed: Visit, phone: Client) -> None:
    page = phone.get(reverse("room", args=[completed.code])).content.decode()

    assert "Your visit is over" in page
    assert "<tm-room" not in page


@pytest.mark.parametrize("name", ["room", "room_state"])
def test_the_room_is_the_patients_alone(
    waiting: Visit, bello: Clinician, chen: Clinician, zed: Patient, gus, signed_in, name: str
) -> None:
    address = reverse(name, args=[waiting.code])

    for other in (bello, chen, zed, gus):
        assert signed_in(other).get(address).status_code == 404
    assert Client().get(address).status_code == 302
