"""What leaves the clinic about a visit: when, once, and nothing about why."""

from datetime import datetime, timedelta

import pytest
from django.core import mail

from accounts import notices
from accounts.models import Notice
from tests import world
from visits import booking

pytestmark = pytest.mark.django_db

START = datetime.fromisoformat("2026-11-26T15:00:00+00:00")  # Thursday, 9:00 in Austin


@pytest.fixture
def visit(clock, intake, bello, visit_type):
    return world.book(intake, bello, visit_type, starts_at=START)


def test_a_booking_is_told_at_once_in_the_patients_own_time(visit, ada):
    assert notices.send_due() == 1
    letter = mail.outbox[0]
    assert letter.to == [ada.user.email]
    assert letter.subject == "Your video visit is booked"
    assert "Thursday, November 26, 9 a.m. CST" in letter.body.replace("\N{NO-BREAK SPACE}", " ")
    assert f"/visits/{visit.code}/" in letter.body
    assert "512-555-0100" in letter.body


def test_reminders_go_out_a_day_and_an_hour_before_and_once_each(clock, visit):
    notices.send_due()
    mail.outbox.clear()
    told = []
    while clock.now < START:
        clock.move(minutes=10)
        if notices.send_due():
            told.append(START - clock.now)
    assert told == [timedelta(days=1), timedelta(hours=1)]
    assert [letter.subject for letter in mail.outbox] == [
        "Your video visit is soon",
        "Your video visit starts soon",
    ]


def test_a_beat_missed_for_an_hour_sends_nothing_stale(clock, visit):
    notices.send_due()
    mail.outbox.clear()
    clock.now = START - timedelta(minutes=5)
    assert notices.send_due() == 0
    assert mail.outbox == []
    reminders = Notice.objects.filter(kind__startswith="visit.reminder")
    assert set(reminders.values_list("status", flat=True)) == {"stale"}


def test_a_beat_missed_for_an_hour_still_sends_what_is_true(clock, visit):
    notices.send_due()
    mail.outbox.clear()
    clock.now = START - timedelta(hours=23)
    assert notices.send_due() == 1


def test_a_worker_killed_in_the_middle_sends_once(clock, visit):
    """The claim outlives the worker for a while; the next one sends under the same message id."""
    claimed = notices.claim(now=clock.now)
    assert len(claimed) == 1
    assert notices.send_due() == 0
    clock.move(seconds=91)
    assert notices.send_due() == 1
    assert notices.send_due() == 0
    assert len(mail.outbox) == 1
    assert str(claimed[0].code) in mail.outbox[0].extra_headers["Message-ID"]


def test_nothing_is_said_of_a_visit_that_was_cancelled_meanwhile(clock, visit, ada):
    booking.cancel(visit, by=ada.user, reason="better")
    assert notices.send_due() == 1
    assert mail.outbox[0].subject == "Your video visit was cancelled"
    clock.now = START - timedelta(hours=1)
    assert notices.send_due() == 0


def test_a_reminder_claimed_while_the_visit_is_cancelled_is_not_sent(clock, visit, ada):
    notices.send_due()
    mail.outbox.clear()
    clock.now = START - timedelta(hours=1)
    notices.claim(now=clock.now)
    booking.cancel(visit, by=ada.user, reason="better")
    clock.move(seconds=91)
    notices.send_due()
    assert [letter.subject for letter in mail.outbox] == ["Your video visit was cancelled"]


def test_a_moved_visit_is_told_with_its_new_time_alone(clock, visit, ada, bello):
    later = START + timedelta(days=1)
    booking.reschedule(visit, starts_at=later, clinician=bello, by=ada.user)
    assert notices.send_due() == 1
    assert mail.outbox[0].subject == "Your video visit has a new time"
    assert "Friday, November 27" in mail.outbox[0].body
    clock.now = START - timedelta(hours=1)
    assert notices.send_due() == 0


def test_a_visit_booked_for_soon_has_no_reminder_that_comes_too_late(
    clock, intake, bello, visit_type
):
    world.book(intake, bello, visit_type)
    assert list(Notice.objects.values_list("kind", flat=True)) == ["visit.booked"]


def test_no_letter_says_why_or_with_whom(clock, visit, ada, bello):
    visit.visit_type.name = "Talk therapy"
    visit.visit_type.save()
    visit.intake.reason = "A rash on the back"
    visit.intake.save()
    clock.now = START - timedelta(hours=1)
    Notice.objects.update(due_at=clock.now, stale_at=None)
    notices.send_due()
    booking.cancel(visit, by=ada.user, reason="better")
    notices.send_due()
    assert len(mail.outbox) == 4
    private = ("rash", "therapy", bello.name, "Bello", "Physician", ada.name, "Texas")
    for letter in mail.outbox:
        text = f"{letter.subject} {letter.body}".lower()
        assert [word for word in private if word.lower() in text] == []
