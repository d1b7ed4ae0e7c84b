"""The note: saved without loss, signed once with fresh proof, never changed after."""

import time
from collections.abc import Callable

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts import notices
from accounts.models import AuditEvent, Clinician, Notice, Patient
from visits import signing
from visits.models import Addendum, Note, Visit
from visits.models.notes import LONGEST
from visits.signals import visit_moved

WORDS = {
    "subjective": "Cough for three days.",
    "objective": "",
    "assessment": "A common cold.",
    "plan": "Rest and fluids.",
    "for_patient": "Drink a lot and rest.",
}


def write(visit: Visit, *, version: int = 0, **words: str) -> Note:
    user = visit.clinician.user
    note = signing.open_note(visit, by=user)
    return signing.save(note, parts={**WORDS, **words}, version=version, by=user)


def sign(visit: Visit) -> Note:
    return signing.sign(write(visit), by=visit.clinician.user)


def prove(client: Client) -> Client:
    """The person behind this browser has just proved who they are once more."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] += [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session.save()
    return client


@pytest.fixture
def desk(bello: Clinician, signed_in: Callable) -> Client:
    return signed_in(bello)


def address(name: str, visit: Visit) -> str:
    return reverse(name, args=[visit.code])


# --- saving ---


def test_opening_a_note_stores_nothing(booked: Visit) -> None:
    note = signing.open_note(booked, by=booked.clinician.user)

    assert note.version == 0
    assert not Note.objects.exists()


def test_each_save_makes_a_new_version(booked: Visit) -> None:
    write(booked)
    note = write(booked, version=1, plan="Rest.")

    note.refresh_from_db()
    assert note.version == 2
    assert note.plan == "Rest."
    assert note.assessment == "A common cold."


def test_a_save_from_an_older_page_is_refused_and_changes_nothing(booked: Visit) -> None:
    write(booked)
    write(booked, version=1, plan="From the newer page.")

    with pytest.raises(signing.NoteChanged) as refused:
        write(booked, version=1, plan="From the older page.")

    assert refused.value.note.plan == "From the newer page."
    assert Note.objects.get().plan == "From the newer page."


def test_asking_again_after_a_lost_answer_is_no_conflict(booked: Visit) -> None:
    write(booked)

    again = write(booked, version=0)

    assert again.version == 1


def test_a_stretch_of_writing_is_audited_once(booked: Visit, clock) -> None:
    write(booked)
    write(booked, version=1, plan="Rest.")
    clock.move(minutes=30)
    write(booked, version=2, plan="Rest well.")

    assert AuditEvent.objects.filter(action="note.write").count() == 2


def test_nobody_but_the_visits_clinician_may_write(
    booked: Visit, ada: Patient, chen: Clinician
) -> None:
    for user in (ada.user, chen.user):
        with pytest.raises(PermissionDenied):
            signing.open_note(booked, by=user)
        with pytest.raises(PermissionDenied):
            signing.save(Note(visit=booked), parts=WORDS, version=0, by=user)
        with pytest.raises(PermissionDenied):
            signing.sign(Note(visit=booked), by=user)


# --- signing ---


def test_a_note_cannot_be_signed_before_the_visit_started(waiting: Visit) -> None:
    with pytest.raises(signing.VisitNotStarted):
        signing.sign(write(waiting), by=waiting.clinician.user)


@pytest.mark.parametrize("part", ["assessment", "plan"])
def test_a_note_without_assessment_or_plan_cannot_be_signed(in_progress: Visit, part: str) -> None:
    note = write(in_progress, **{part: " \n"})

    with pytest.raises(signing.NoteUnfinished) as refused:
        signing.sign(note, by=in_progress.clinician.user)

    assert refused.value.missing == (part,)


def test_a_note_that_was_never_saved_cannot_be_signed(in_progress: Visit) -> None:
    note = signing.open_note(in_progress, by=in_progress.clinician.user)

    with pytest.raises(signing.NoteUnfinished):
        signing.sign(note, by=in_progress.clinician.user)


def test_only_the_version_that_was_reviewed_is_signed(in_progress: Visit) -> None:
    note = write(in_progress)
    write(in_progress, version=1, plan="Changed in another tab.")

    with pytest.raises(signing.NoteChanged):
        signing.sign(note, by=in_progress.clinician.user, version=1)


def test_the_seal_shows_any_later_change(in_progress: Visit) -> None:
    note = sign(in_progress)
    note.refresh_from_db()
    assert len(note.seal) == 64
    assert signing.is_intact(note)

    note.plan += "."
    assert not signing.is_intact(note)


def test_signing_is_audited_with_the_patient(in_progress: Visit) -> None:
    sign(in_progress)

    event = AuditEvent.objects.get(action="note.sign")
    assert event.patient == in_progress.patient
    assert event.actor == in_progress.clinician.user
    assert event.subject == f"visit:{in_progress.code}"


def test_a_signed_note_cannot_be_signed_or_saved_again(in_progress: Visit) -> None:
    note = sign(in_progress)

    with pytest.raises(signing.NoteIsSigned):
        signing.sign(note, by=in_progress.clinician.user)
    with pytest.raises(signing.NoteIsSigned):
        write(in_progress, version=1, plan="Other.")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE visits_note SET plan = ''",
        "UPDATE visits_note SET signed_at = NULL, signed_by_id = NULL, seal = ''",
        "DELETE FROM visits_note",
    ],
)
def test_the_database_refuses_to_change_a_signed_note(
    in_progress: Visit, run_sql: Callable, sql: str
) -> None:
    sign(in_progress)

    with pytest.raises(IntegrityError, match="note_signed_is_locked"), transaction.atomic():
        run_sql(sql)


@pytest.mark.parametrize(
    "sql", ["UPDATE visits_addendum SET text = ''", "DELETE FROM visits_addendum"]
)
def test_the_database_refuses_to_change_an_addendum(
    in_progress: Visit, run_sql: Callable, sql: str
) -> None:
    signing.add_addendum(sign(in_progress), text="Left, not right.", by=in_progress.clinician.user)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run_sql(sql)


def test_an_addendum_needs_a_signed_note_and_words(in_progress: Visit) -> None:
    user = in_progress.clinician.user
    with pytest.raises(signing.NoteNotSigned):
        signing.add_addendum(write(in_progress), text="More.", by=user)
    with pytest.raises(signing.AddendumEmpty):
        signing.add_addendum(signing.sign(Note.objects.get(), by=user), text="  ", by=user)
    assert not Addendum.objects.exists()


def test_the_patient_hears_once_that_the_summary_is_ready_and_nothing_of_it(
    completed: Visit,
) -> None:
    sign(completed)
    Notice.objects.exclude(kind="visit.summary_ready").delete()

    assert notices.send_due() == 1

    [letter] = mail.outbox
    assert letter.to == [completed.patient.user.email]
    assert address("summary", completed) in letter.body
    for private in ("cold", "Rest", "Bello", "Ada"):
        assert private not in letter.subject + letter.body


def test_a_screen_that_cannot_be_told_does_not_undo_the_signature(
    in_progress: Visit, django_capture_on_commit_callbacks: Callable
) -> None:
    def broken(**_: object) -> None:
        raise OSError("the screen is away")

    visit_moved.connect(broken)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            sign(in_progress)
    finally:
        visit_moved.disconnect(broken)

    assert Note.objects.get().is_signed


# --- the page ---


def test_the_autosave_gets_the_time_and_the_version(booked: Visit, desk: Client) -> None:
    answer = desk.post(
        address("save_note", booked), {**WORDS, "version": 0}, headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert 'data-version="1"' in answer.content.decode()
    assert "Saved" in answer.content.decode()
    assert "CST" in answer.content.decode()


def test_without_a_script_the_button_saves_and_comes_back(booked: Visit, desk: Client) -> None:
    answer = desk.post(address("save_note", booked), {**WORDS, "version": 0})

    assert answer.status_code == 302
    assert answer.url == address("chart", booked)
    assert Note.objects.get().plan == WORDS["plan"]


@pytest.mark.parametrize(
    "wrong",
    [{"plan": "x" * (LONGEST + 1)}, {"version": "-1"}, {"version": ""}, {"plan": "a\x00b"}],
    ids=["too long", "version below zero", "no version", "a null character"],
)
def test_a_wrong_form_is_refused_and_keeps_what_was_typed(
    booked: Visit, desk: Client, wrong: dict[str, str]
) -> None:
    answer = desk.post(address("save_note", booked), {**WORDS, "version": 0, **wrong})

    assert answer.status_code == 422
    assert "A common cold." in answer.content.decode()
    assert not Note.objects.exists()


def test_a_conflict_offers_both_texts_and_the_next_save_is_a_decision(
    booked: Visit, desk: Client
) -> None:
    write(booked, plan="From the other tab.")
    mine = {**WORDS, "plan": "Typed here.", "version": 0}

    answer = desk.post(address("save_note", booked), mine)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "From the other tab." in page
    assert "Typed here." in page
    assert 'name="version" value="1"' in page
    assert desk.post(address("save_note", booked), {**mine, "version": 1}).status_code == 302
    assert Note.objects.get().plan == "Typed here."


def test_the_autosave_gets_the_conflict_as_a_fragment(booked: Visit, desk: Client) -> None:
    write(booked, plan="From the other tab.")

    answer = desk.post(
        address("save_note", booked), {**WORDS, "version": 0}, headers={"HX-Request": "true"}
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'data-part="plan">From the other tab.<' in page
    assert "data-keep" in page
    assert "<html" not in page


def test_saving_a_signed_note_says_so_and_keeps_what_was_typed(
    in_progress: Visit, desk: Client
) -> None:
    sign(in_progress)

    answer = desk.post(
        address("save_note", in_progress), {**WORDS, "version": 1, "plan": "Late words."}
    )

    assert answer.status_code == 409
    assert "is signed and cannot be changed" in answer.content.decode()
    assert "Late words." in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_signing_asks_for_fresh_proof(in_progress: Visit, desk: Client, method: str) -> None:
    write(in_progress)

    answer = getattr(desk, method)(address("sign_note", in_progress), {"version": 1})

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert not Note.objects.get().is_signed


def test_a_stranger_is_not_even_asked_for_proof(
    in_progress: Visit, zed: Patient, ada: Patient, signed_in: Callable
) -> None:
    assert signed_in(zed).get(address("sign_note", in_progress)).status_code == 404
    assert signed_in(ada).get(address("sign_note", in_progress)).status_code == 403


def test_the_review_shows_the_whole_note_and_signs_it(in_progress: Visit, desk: Client) -> None:
    write(in_progress)
    prove(desk)

    review = desk.get(address("sign_note", in_progress))
    assert review.status_code == 200
    for words in filter(None, WORDS.values()):
        assert words in review.content.decode()

    assert desk.post(address("sign_note", in_progress), {"version": 1}).status_code == 302
    assert Note.objects.get().is_signed


def test_signing_another_version_than_the_reviewed_one_is_refused(
    in_progress: Visit, desk: Client
) -> None:
    write(in_progress)
    prove(desk)

    answer = desk.post(address("sign_note", in_progress), {"version": 0})

    assert answer.status_code == 409
    assert answer["X-Refused"] == "note_changed"
    assert not Note.objects.get().is_signed


def test_the_review_of_an_unfinished_note_names_what_is_missing(
    in_progress: Visit, desk: Client
) -> None:
    write(in_progress, plan="")
    prove(desk)

    page = desk.get(address("sign_note", in_progress)).content.decode()

    assert "<li>Plan</li>" in page
    assert "Sign as" not in page


def test_an_addendum_stands_beside_the_signed_words(in_progress: Visit, desk: Client) -> None:
    sign(in_progress)

    empty = desk.post(address("addendum", in_progress), {"text": " "})
    added = desk.post(address("addendum", in_progress), {"text": "Left, not right."})

    assert empty.status_code == 422
    assert added.status_code == 302
    page = desk.get(address("chart", in_progress)).content.decode()
    assert "Left, not right." in page
    assert "Rest and fluids." in page
