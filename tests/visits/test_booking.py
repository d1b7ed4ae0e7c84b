"""Hold, confirm, let go, cancel, move."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEvent, Notice
from tests import world
from visits import booking, lifecycle
from visits.models import LicenseDecision, Status, Visit, VisitEvent

pytestmark = pytest.mark.django_db


def test_a_hold_keeps_the_slot_for_ten_minutes(clock, intake, bello, visit_type):
    visit = world.hold(intake, bello, visit_type)
    assert visit.status == Status.HELD
    assert visit.held_until == clock.now + timedelta(minutes=10)
    assert visit.price == visit_type.price
    assert visit.ends_at - visit.starts_at == timedelta(minutes=20)
    decision = visit.license_decisions.get()
    assert (decision.moment, decision.code, decision.place) == ("booking", "FULL_LICENSE", "TX")


def test_confirming_books_and_puts_the_notices_into_the_outbox(clock, intake, bello, visit_type):
    start = world.next_slot(timedelta(days=3))
    visit = world.book(intake, bello, visit_type, starts_at=start)
    assert visit.status == Status.BOOKED
    due = {n.kind: n.due_at for n in Notice.objects.all()}
    assert due == {
        "visit.booked": clock.now,
        "visit.reminder_day": start - timedelta(days=1),
        "visit.reminder_hour": start - timedelta(hours=1),
    }
