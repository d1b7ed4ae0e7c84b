"""What the database itself keeps of rooms, call events and practice calls."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from tests import world
from video import rooms
from video.models import CallEvent, PracticeCall, Room
from visits import lifecycle


@pytest.fixture
def event(waiting, ada, run_sql):
    seat = rooms.seat_for(ada.user, waiting.code)
    rooms.record(seat, CallEvent.Kind.FAILED, "denied")
    # What is still to be checked at the commit would stop TRUNCATE before our trigger does.
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")
    return CallEvent.objects.get()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE video_callevent SET cause = ''",
        "DELETE FROM video_callevent",
        "TRUNCATE video_callevent",
    ],
)
def test_call_events_are_only_ever_added(event, run_sql, sql):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run_sql(sql)
    assert CallEvent.objects.get().cause == "denied"


@pytest.mark.parametrize("values", [{"role": "guest"}, {"kind": "told"}])
def test_unknown_words_do_not_enter(waiting, ada, values):
    rooms.seat_for(ada.user, waiting.code)
    room = Room.objects.get()
    with pytest.raises(IntegrityError, match="call_event_"), transaction.atomic():
        CallEvent.objects.create(**{"room": room, "role": "patient", "kind": "left", **values})


def test_a_room_does_not_close_before_it_opened(waiting, ada):
    rooms.seat_for(ada.user, waiting.code)
    now = timezone.now()
    with pytest.raises(IntegrityError, match="room_closes_after"), transaction.atomic():
        Room.objects.update(opened_at=now, closed_at=now - timedelta(seconds=1))


def test_both_sides_share_one_room_whose_code_is_not_the_visits(waiting, ada, bello):
    seats = [rooms.seat_for(person.user, waiting.code) for person in (ada, bello)]
    assert seats[0].group == seats[1].group == rooms.room_group(Room.objects.get())
    assert waiting.code.hex not in seats[0].group


def test_a_held_visit_has_no_room_yet(intake, bello, visit_type, ada):
    held = world.hold(intake, bello, visit_type)
    with pytest.raises(rooms.NoSeat):
        rooms.seat_for(ada.user, held.code)


def test_a_patient_put_back_may_send_nothing(in_progress, ada, bello):
    assert rooms.seat_for(ada.user, in_progress.code).live
    visit = lifecycle.put_back(in_progress, by=bello.user)
    seat = rooms.seat_for(ada.user, visit.code)
    assert (seat.status, seat.signal, seat.live, seat.ice) == ("waiting", False, False, [])


def test_a_new_practice_call_ends_the_one_before(ada):
    first, second = rooms.start_practice(ada.user), rooms.start_practice(ada.user)
    first.refresh_from_db()
    assert first.ended_at is not None
    assert second.ended_at is None


def test_two_open_practice_calls_of_one_person_are_impossible(ada):
    rooms.start_practice(ada.user)
    with pytest.raises(IntegrityError, match="practice_one_open"), transaction.atomic():
        PracticeCall.objects.create(user=ada.user)


def test_a_result_belongs_to_a_call_that_ended(ada):
    rooms.start_practice(ada.user)
    with pytest.raises(IntegrityError, match="practice_result_only"), transaction.atomic():
        PracticeCall.objects.update(camera="works")


def test_the_first_result_stays(ada):
    call = rooms.start_practice(ada.user)
    rooms.end_practice(call, camera="works", microphone="silent", connection="good")
    rooms.end_practice(call, camera="denied", microphone="", connection="")
    call.refresh_from_db()
    assert (call.camera, call.microphone, call.is_all_well) == ("works", "silent", False)
