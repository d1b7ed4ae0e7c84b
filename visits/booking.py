"""Time is scarce: hold it, confirm it, let it go, move it. Nobody gets a time twice.

Locks are taken in one order everywhere: the clinician, the patient, visits by id; the audit comes
last. The exclusion constraints have the last word, and whoever loses a race is told so
(`SlotTaken`), whatever way the database found out.

Refused
├── SlotTaken          somebody else has it
├── NotASlot           outside hours, notice or horizon, or not given by this clinician
├── NotLicensed        may not treat where the patient is, on that day
├── AlreadyBooked      this need has a visit already
├── AlreadyBookedThen  the patient has another visit at that time
├── HoldExpired        ten minutes are over
└── IntakeNotReady     incomplete, too old, or not for video; see its codes
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg.errors import DeadlockDetected, LockNotAvailable

from accounts import licensing
from accounts.models import Clinician, User
from accounts.refusal import Refused
from triage.levels import Urgency
from triage.models import Intake
from visits import finding, licensed, lifecycle, notices
from visits.models import LicenseDecision, Status, Visit, VisitEvent, VisitType

HOLD = timedelta(minutes=10)
INTAKE_GOOD_FOR = timedelta(hours=24)

CANCEL_REASONS = {
    "better": _("I feel better"),
    "other_time": _("The time does not work for me"),
    "other_care": _("I get care somewhere else"),
    "cost": _("It costs too much"),
    "other": _("Something else"),
}
BY_CLINICIAN = "clinician"  # the reason when the visit's clinician cancels


class SlotTaken(Refused):
    code = "slot_taken"
    message = _("Someone else just took this time. Please choose another one.")


class NotASlot(Refused):
    code = "not_a_slot"
    message = _("This time is not open for booking. Please choose another one.")


class NotLicensed(Refused):
    code = "not_licensed"
    message = _("This clinician may not treat you where you are on that day.")


class AlreadyBooked(Refused):
    code = "already_booked"
    message = _("You already have a visit for this. You can move it to another time or cancel it.")


class AlreadyBookedThen(Refused):
    code = "already_booked_then"
    message = _("You already have another visit at this time. Please choose another time.")


class HoldExpired(Refused):
    code = "hold_expired"
    message = _("We could keep this time for 10 minutes only. Please choose a time again.")


class IntakeNotReady(Refused):
    code = "intake_incomplete"
    message = _("Please answer all questions first. Then you can choose a time.")


# --- verbs ---


def hold(
    intake: Intake, *, clinician: Clinician, visit_type: VisitType, starts_at: datetime, by: User
) -> Visit:
    """Keep a slot for the patient for ten minutes. An earlier hold for the same need is let go."""
    with _last_word_of_the_database():
        clinician, intake = _lock(clinician, intake)
        _only_for_oneself(intake, by)
        may_be_booked(intake)
        during = _time_of(visit_type, starts_at)
        in_the_way = list(_in_the_way(clinician, intake, during))
        for other in in_the_way:
            if _is_same(other, clinician, visit_type, intake, starts_at):
                return lifecycle.locked(other)  # a second click on the same button
        let_go = [_let_go(other, clinician, intake, by=by) for other in in_the_way]
        # Asked last: whoever comes too late should not hold the locks for long.
        decision = _may_have(clinician, intake, visit_type, starts_at)
        visit = _make(
            Visit(status=Status.HELD, held_until=timezone.now() + HOLD, during=during),
            clinician,
            intake,
            visit_type,
        )
        event = lifecycle.begin(visit, by=by)
        _store(decision, visit)
        lifecycle.announce(*let_go, event)
    return visit


def confirm(visit: Visit, *, by: User) -> Visit:
    """held → booked, while the hold lasts. A second click finds it booked and changes nothing."""
    with transaction.atomic():
        visit = lifecycle.locked(visit)
        _only_for_oneself(visit.intake, by)
        if visit.status == Status.BOOKED:
            return visit
        if visit.status == Status.RELEASED or _has_expired(visit):
            raise HoldExpired
        _not_an_emergency(visit.intake)
        event = lifecycle.move(visit, Status.BOOKED, by=by, held_until=None)
        notices.booked(visit)
        lifecycle.announce(event)
    return visit


def release(visit: Visit, *, by: User) -> Visit:
    """The patient lets a hold go. One that is gone already stays gone."""
    with transaction.atomic():
        visit = lifecycle.locked(visit)
        _only_for_oneself(visit.intake, by)
        if visit.status != Status.RELEASED:
            event = lifecycle.move(visit, Status.RELEASED, by=by, reason="let_go")
            lifecycle.announce(event)
    return visit


def release_expired(*, most: int = 100) -> int:
    """Clear away holds that ended. Returns how many. Those that somebody works on can wait."""
    with transaction.atomic():
        expired = list(
            Visit.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
            .select_related("patient")
            .filter(status=Status.HELD, held_until__lte=timezone.now())
            .order_by("pk")[:most]
        )
        events = [
            lifecycle.move(visit, Status.RELEASED, by=None, reason="expired") for visit in expired
        ]
        lifecycle.announce(*events)
    return len(expired)


def cancel(visit: Visit, *, by: User, reason: str = BY_CLINICIAN) -> Visit:
    """By the patient with one of CANCEL_REASONS, or by the visit's clinician."""
    with transaction.atomic():
        visit = lifecycle.locked(visit)
        if by.pk == visit.clinician.user_id:
            reason = BY_CLINICIAN
        elif by.pk != visit.patient.user_id:
            raise PermissionDenied
        elif reason not in CANCEL_REASONS:
            raise Refused(_("Tell us why you cancel."), code="reason_needed")
        event = lifecycle.move(
            visit, Status.CANCELLED, by=by, reason=reason, ended_at=timezone.now()
        )
        notices.cancelled(visit)
        lifecycle.announce(event)
    return visit


def reschedule(visit: Visit, *, starts_at: datetime, clinician: Clinician, by: User) -> Visit:
    """Move a visit to another time, with the same or another clinician. Returns the new visit.

    The old one is `rescheduled`, the new one `booked` at once with the same intake and price.
    """
    with _last_word_of_the_database():
        clinician, intake = _lock(clinician, visit.intake)
        _only_for_oneself(intake, by)
        _not_an_emergency(intake)
        old = lifecycle.locked(visit)
        if timezone.now() >= old.ends_at:
            raise lifecycle.NotNow(_("The time of this visit is over. Please book a new one."))
        moved = lifecycle.move(old, Status.RESCHEDULED, by=by, ended_at=timezone.now())
        during = _time_of(old.visit_type, starts_at)
        let_go = [
            _let_go(other, clinician, intake, by=by)
            for other in _in_the_way(clinician, intake, during)
        ]
        decision = _may_have(clinician, intake, old.visit_type, starts_at)
        new = _make(
            Visit(status=Status.BOOKED, moved_from=old, during=during),
            clinician,
            intake,
            old.visit_type,
        )
        event = lifecycle.begin(new, by=by)
        _store(decision, new)
        notices.moved(old, new)
        lifecycle.announce(*let_go, moved, event)
    return new


# --- may it ---


def may_be_booked(intake: Intake) -> None:
    """Refuse an intake that is not complete, not fit for video, or not fresh."""
    _not_an_emergency(intake)
    if intake.completed_at is None or not intake.urgency:
        raise IntakeNotReady
    if Urgency(intake.urgency).stops_booking:
        raise IntakeNotReady(
            _("What you told us should be looked at in person today, not by video."),
            code="in_person_first",
        )
    if timezone.now() - intake.completed_at > INTAKE_GOOD_FOR:
        raise IntakeNotReady(
            _("Your answers are more than a day old. Please answer the questions again first."),
            code="intake_old",
        )


def _not_an_emergency(intake: Intake) -> None:
    if intake.is_emergency:
        raise IntakeNotReady(
            _("This may be an emergency. Please call 911 now. A video visit would lose time."),
            code="emergency",
        )


def _only_for_oneself(intake: Intake, user: User) -> None:
    if intake.patient.user_id != user.pk:
        raise PermissionDenied


def _may_have(
    clinician: Clinician, intake: Intake, visit_type: VisitType, starts_at: datetime
) -> licensing.Decision:
    """Is it a slot of theirs, and may they treat there on that day? Taken time is not asked."""
    gives_it = (
        visit_type.is_active
        and visit_type.clinic_id == clinician.clinic_id == intake.patient.clinic_id
        and clinician.profession in visit_type.professions
        and clinician.user_id != intake.patient.user_id
    )
    if not gives_it or not finding.is_open(
        clinician, visit_type, starts_at=starts_at, now=timezone.now()
    ):
        raise NotASlot
    day = starts_at.astimezone(ZoneInfo(intake.patient.user.time_zone)).date()
    facts = licensed.facts_of(clinician, clinician.licenses.all())
    decision = licensing.decide(facts, place=intake.place, on=day)
    if not decision.is_allowed:
        raise NotLicensed
    return decision


# --- under the locks ---


def _lock(clinician: Clinician, intake: Intake) -> tuple[Clinician, Intake]:
    """Both rows, locked and read again. Not `FOR UPDATE`: that would wait for new foreign keys."""
    found = (
        finding.working_here()
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=clinician.pk)
        .first()
    )
    if found is None:
        raise NotASlot
    intake = (
        Intake.objects.select_for_update(of=("patient",), no_key=True)
        .select_related("patient__user", "patient__clinic")
        .get(pk=intake.pk)
    )
    return found, intake


def _in_the_way(clinician: Clinician, intake: Intake, during: DateTimeTZRange) -> QuerySet[Visit]:
    """Live visits at that time, of the clinician or the patient, and any other for this need."""
    # The bounds on starts_at say nothing new; with them the small indexes do.
    at_that_time = Q(
        Q(clinician=clinician) | Q(patient=intake.patient),
        during__overlap=during,
        starts_at__gt=during.lower - finding.LONGEST_VISIT,
        starts_at__lt=during.upper,
    )
    return (
        Visit.objects.occupying()
        .select_for_update(of=("self",), no_key=True)
        .select_related("patient")
        .filter(at_that_time | Q(intake=intake))
        .order_by("pk")
    )


def _is_same(
    other: Visit,
    clinician: Clinician,
    visit_type: VisitType,
    intake: Intake,
    starts_at: datetime,
) -> bool:
    return (
        other.status == Status.HELD
        and not _has_expired(other)
        and (other.intake_id, other.clinician_id, other.visit_type_id, other.starts_at)
        == (intake.pk, clinician.pk, visit_type.pk, starts_at)
    )


def _let_go(other: Visit, clinician: Clinician, intake: Intake, *, by: User) -> VisitEvent:
    """Release what may be released; refuse for what may not."""
    if _has_expired(other):
        return lifecycle.move(other, Status.RELEASED, by=None, reason="expired")
    if other.intake_id == intake.pk:
        if other.status == Status.HELD:
            return lifecycle.move(other, Status.RELEASED, by=by, reason="replaced")
        raise AlreadyBooked
    if other.clinician_id == clinician.pk:
        raise SlotTaken
    raise AlreadyBookedThen


def _has_expired(visit: Visit) -> bool:
    return (
        visit.status == Status.HELD
        and visit.held_until is not None
        and visit.held_until <= timezone.now()
    )


def _time_of(visit_type: VisitType, starts_at: datetime) -> DateTimeTZRange:
    return DateTimeTZRange(starts_at, starts_at + timedelta(minutes=visit_type.minutes))


def _make(visit: Visit, clinician: Clinician, intake: Intake, visit_type: VisitType) -> Visit:
    visit.clinician, visit.intake, visit.visit_type = clinician, intake, visit_type
    visit.patient, visit.clinic = intake.patient, intake.patient.clinic
    visit.starts_at = visit.during.lower
    visit.place = intake.place
    # A moved visit keeps the price that was told at the first booking.
    visit.price = visit.moved_from.price if visit.moved_from else visit_type.price
    visit.save(force_insert=True)
    return visit


def _store(decision: licensing.Decision, visit: Visit) -> None:
    licensed.store(
        visit,
        decision,
        moment=LicenseDecision.Moment.BOOKING,
        place=visit.place,
        day=licensed.day_for(visit, visit.starts_at),
    )


LAST_WORDS = {
    "visit_clinician_one_at_a_time": SlotTaken,
    "visit_patient_one_at_a_time": AlreadyBookedThen,
    "visit_one_live_per_intake": AlreadyBooked,
}


@contextmanager
def _last_word_of_the_database() -> Iterator[None]:
    """A transaction in which a lost race is a refusal: by constraint, deadlock or lock time-out."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        refusal = LAST_WORDS.get(getattr(diagnosis, "constraint_name", None) or "")
        if refusal is None:
            raise
        raise refusal from error
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected | LockNotAvailable):
            raise
        raise SlotTaken from error
