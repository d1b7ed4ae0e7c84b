"""Many clients, one scarce thing, real connections. One may have it, and nobody gets a 500."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from accounts.models import Clinic, Clinician
from accounts.refusal import Refused
from tests import world
from triage.models import Intake
from visits import booking, finding
from visits.models import Status, Visit, VisitEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

CLIENTS, ROUNDS = 50, 20
LENGTH = timedelta(minutes=20)


@pytest.fixture
def clinic(transactional_db: None) -> Clinic:
    return world.make_clinic()


@pytest.fixture
def slots() -> list[datetime]:
    """Starts that come one after the other, from tomorrow on."""
    first = world.next_slot(timedelta(days=1))
    return [first + n * LENGTH for n in range(ROUNDS)]


def race(clients: int, rounds: int, run: Callable[[int, int], str]) -> list[Counter[str]]:
    """`run(client, round)` by every client at once, round by round; each on its own connection.

    What `run` returns is counted; a refusal counts by its code, any other error by its name.
    """
    start = threading.Barrier(clients, timeout=30)
    results: list[Counter[str]] = [Counter() for _ in range(rounds)]

    def client(number: int) -> None:
        try:
            for each in range(rounds):
                start.wait()
                try:
                    result = run(number, each)
                except Refused as refusal:
                    result = refusal.code
                except Exception as error:
                    result = repr(error)
                results[each][result] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=client, args=(n,)) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_fifty_clients_and_one_slot_twenty_times(clinic, visit_type, bello, slots):
    intakes = [world.make_intake(world.make_patient(clinic)) for _ in range(CLIENTS)]

    def book(client: int, each: int) -> str:
        visit = world.hold(intakes[client], bello, visit_type, starts_at=slots[each])
        return Status(booking.confirm(visit, by=visit.patient.user).status)

    # Whoever won once has a visit for this need and is told so from then on.
    winners: set[int] = set()

    def book_again(client: int, each: int) -> str:
        if client in winners:
            return "has_one"
        result = book(client, each)
        winners.add(client)
        return result

    results = race(CLIENTS, ROUNDS, book_again)
    assert [result["booked"] for result in results] == [1] * ROUNDS
    assert [result["slot_taken"] + result["has_one"] for result in results] == [49] * ROUNDS
    assert Visit.objects.filter(status=Status.BOOKED).count() == ROUNDS
    assert Visit.objects.exclude(status=Status.BOOKED).count() == 0
    assert sorted(Visit.objects.values_list("starts_at", flat=True)) == slots


def test_two_clients_a_moment_apart(clinic, visit_type, bello, slots):
    intakes = [world.make_intake(world.make_patient(clinic)) for _ in range(2)]
    chance = Random(7)
    delays = [[chance.uniform(0, 0.05) for _ in range(2)] for _ in range(ROUNDS)]

    def hold(client: int, each: int) -> str:
        time.sleep(delays[each][client])
        return world.hold(intakes[client], bello, visit_type, starts_at=slots[each]).status

    results = race(2, ROUNDS, hold)
    assert results == [Counter(held=1, slot_taken=1)] * ROUNDS


def test_the_constraint_alone_holds_when_the_code_is_gone_round(clinic, visit_type, bello, slots):
    rows = [
        world.hold(world.make_intake(world.make_patient(clinic)), bello, visit_type, starts_at=each)
        for each in slots[:8]
    ]

    def insert(client: int, each: int) -> str:
        copy = Visit.objects.get(pk=rows[client].pk)
        copy.pk, copy.code, copy.status = None, None, Status.BOOKED
        copy.code = Visit._meta.get_field("code").get_default()
        copy.intake = world.make_intake(copy.patient)
        copy.starts_at = slots[-1] + (each + 1) * LENGTH
        copy.during = DateTimeTZRange(copy.starts_at, copy.starts_at + LENGTH)
        try:
            copy.save(force_insert=True)
        except IntegrityError as error:
            return error.__cause__.diag.constraint_name
        except OperationalError as error:
            is_deadlock = isinstance(error.__cause__, DeadlockDetected)
            return "visit_clinician_one_at_a_time" if is_deadlock else repr(error)
        return "in"

    results = race(8, 3, insert)
    assert results == [Counter({"in": 1, "visit_clinician_one_at_a_time": 7})] * 3


def test_without_the_locks_the_constraint_decides_and_losers_are_told_so(
    clinic, visit_type, bello, slots, monkeypatch
):
    """Overlap and deadlock both become `SlotTaken`: no racer meets an error of the database."""

    def read_only(clinician, intake):
        people = Intake.objects.select_related("patient__user", "patient__clinic")
        return finding.working_here().get(pk=clinician.pk), people.get(pk=intake.pk)

    monkeypatch.setattr(booking, "_lock", read_only)
    intakes = [world.make_intake(world.make_patient(clinic)) for _ in range(8)]

    def hold(client: int, each: int) -> str:
        return world.hold(intakes[client], bello, visit_type, starts_at=slots[each]).status

    assert race(8, 3, hold) == [Counter(held=1, slot_taken=7)] * 3


def test_whoever_waits_too_long_for_the_locks_has_lost(clinic, visit_type, bello, slots):
    intake = world.make_intake(world.make_patient(clinic))
    is_locked, may_go = threading.Event(), threading.Event()

    def keep_the_row() -> None:
        try:
            with transaction.atomic():
                Clinician.objects.select_for_update().get(pk=bello.pk)
                is_locked.set()
                may_go.wait(timeout=10)
        finally:
            connections.close_all()

    keeper = threading.Thread(target=keep_the_row)
    keeper.start()
    assert is_locked.wait(timeout=10)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        with pytest.raises(booking.SlotTaken):
            world.hold(intake, bello, visit_type, starts_at=slots[0])
    finally:
        may_go.set()
        keeper.join()
        connection.close()


def test_one_patient_is_not_in_two_places_at_once(clinic, visit_type, ada, bello, chen, slots):
    clinicians = [bello, chen] * 4
    intakes = [world.make_intake(ada) for _ in clinicians]

    def hold(client: int, each: int) -> str:
        start = slots[each]
        return world.hold(intakes[client], clinicians[client], visit_type, starts_at=start).status

    for result in race(len(clinicians), 10, hold):
        assert result["held"] == 1
        assert result["already_booked_then"] + result["slot_taken"] == 7


def test_one_need_in_eight_tabs_is_held_once(clinic, visit_type, intake, bello, slots):
    """Each tab asks for another time: the last one has it, the others let theirs go."""

    def hold(client: int, each: int) -> str:
        start = slots[client]
        return world.hold(intake, bello, visit_type, starts_at=start).status

    assert race(8, 5, hold) == [Counter(held=8)] * 5
    assert Visit.objects.occupying().count() == 1


def test_confirming_against_the_end_of_the_hold(clinic, visit_type, bello, slots):
    """The clearing away and the confirmation meet; afterwards both tell the same story."""
    holds = [
        world.hold(world.make_intake(world.make_patient(clinic)), bello, visit_type, starts_at=each)
        for each in slots
    ]
    others = [world.make_intake(world.make_patient(clinic)) for _ in range(6)]
    # Half of the holds end while they are confirmed.
    ends = [timezone.now() + timedelta(hours=1 if n % 2 else -1) for n in range(ROUNDS)]
    for visit, end in zip(holds, ends, strict=True):
        Visit.objects.filter(pk=visit.pk).update(held_until=end)

    def meet(client: int, each: int) -> str:
        if client == 0:
            return "confirmed " + booking.confirm(holds[each], by=holds[each].patient.user).status
        if client == 1:
            booking.release_expired()
            return "cleared"
        start = slots[each]
        world.hold(others[client - 2], bello, visit_type, starts_at=start)
        return "taken over"

    for each, result in enumerate(race(8, ROUNDS, meet)):
        holds[each].refresh_from_db()
        at_that_time = Visit.objects.filter(starts_at=slots[each])
        if each % 2:
            assert result["confirmed booked"] == 1
            assert holds[each].status == Status.BOOKED
            assert result["slot_taken"] == 6
        else:
            assert result["hold_expired"] == 1
            assert holds[each].status == Status.RELEASED
            assert result["taken over"] == 1
            assert result["slot_taken"] == 5
        assert sum(result.values()) == 8
        assert at_that_time.filter(status__in=["held", "booked"]).count() <= 1
    # Every hold was let go or booked once: no event was written twice.
    moved = VisitEvent.objects.filter(visit__in=holds).exclude(from_status="")
    assert moved.count() == ROUNDS


def test_two_visits_that_want_each_others_time(clinic, visit_type, bello, chen, slots):
    """Moved at the same moment to the other's clinician: no deadlock reaches anybody."""
    visits = [
        world.book(
            world.make_intake(world.make_patient(clinic)), clinician, visit_type, starts_at=slots[0]
        )
        for clinician in (bello, chen)
    ]

    def move(client: int, each: int) -> str:
        visits[client] = booking.reschedule(
            visits[client],
            starts_at=slots[each + 1],
            clinician=(chen, bello)[(client + each) % 2],
            by=visits[client].patient.user,
        )
        return visits[client].status

    for result in race(2, 10, move):
        assert result["booked"] + result["slot_taken"] == 2
        assert result["booked"] >= 1
    assert Visit.objects.occupying().count() == 2


@pytest.fixture(autouse=True)
def _nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """News goes to Redis, which is not what is raced for."""
    monkeypatch.setattr("accounts.live._delay", lambda *_: None)
    monkeypatch.setattr("accounts.live._tell", lambda *_: None)
