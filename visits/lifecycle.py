"""The visit's life: the only module that changes `Visit.status`.

`MOVES` says from where to where; a trigger in the database says the same. Every move is an event
row, an audit row and, after the commit, the signal `visit_moved`. Who may make a move is asked
here, under the lock, so that pages, sockets and tasks obey alike.
"""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import Consent, User
from accounts.refusal import Refused
from visits import licensed
from visits.models import LicenseDecision, Status, Visit, VisitEvent
from visits.signals import visit_moved

S = Status
MOVES: dict[Status, frozenset[Status]] = {
    S.HELD: frozenset({S.BOOKED, S.RELEASED}),
    S.BOOKED: frozenset(
        {
            S.CHECKED_IN,
            S.CANCELLED,
            S.RESCHEDULED,
            S.NO_SHOW_PATIENT,
            S.NO_SHOW_CLINICIAN,
            S.REDIRECTED,
        }
    ),
    S.CHECKED_IN: frozenset(
        {
            S.WAITING,
            S.CANCELLED,
            S.RESCHEDULED,
            S.NO_SHOW_PATIENT,
            S.NO_SHOW_CLINICIAN,
            S.REDIRECTED,
        }
    ),
    S.WAITING: frozenset(
        {S.IN_PROGRESS, S.CANCELLED, S.NO_SHOW_PATIENT, S.NO_SHOW_CLINICIAN, S.REDIRECTED}
    ),
    S.IN_PROGRESS: frozenset({S.WAITING, S.COMPLETED, S.REDIRECTED}),
    S.COMPLETED: frozenset(),
    S.RELEASED: frozenset(),
    S.CANCELLED: frozenset(),
    S.RESCHEDULED: frozenset(),
    S.NO_SHOW_PATIENT: frozenset(),
    S.NO_SHOW_CLINICIAN: frozenset(),
    S.REDIRECTED: frozenset(),
}

CHECK_IN_OPENS = timedelta(minutes=30)  # before the start
NO_SHOW_AFTER = timedelta(minutes=10)  # after the start
CONSENT_VERSION = "2026-11"  # of templates/visits/_consent.html; a new text is a new version

# Where a clinician may send somebody whom this visit cannot help, as codes of the event.
REDIRECTIONS = {
    "emergency": _("Emergency care"),
    "in_person": _("Care in person"),
    "license": _("A clinician licensed where the patient is"),
}

AUDITED = {
    S.HELD: "visit.hold",
    S.BOOKED: "visit.book",
    S.CHECKED_IN: "visit.check_in",
    S.WAITING: "visit.wait",
    S.IN_PROGRESS: "visit.admit",
    S.COMPLETED: "visit.complete",
    S.RELEASED: "visit.release",
    S.CANCELLED: "visit.cancel",
    S.RESCHEDULED: "visit.reschedule",
    S.NO_SHOW_PATIENT: "visit.no_show",
    S.NO_SHOW_CLINICIAN: "visit.no_show",
    S.REDIRECTED: "visit.redirect",
}


class NotNow(Refused):
    code = "not_now"
    message = _("This is not possible any more. Please look at the visit again.")


class TooEarly(Refused):
    code = "too_early"
    message = _("It is too early for this.")


class NotLicensedHere(Refused):
    code = "not_licensed_here"
    message = _("You may not treat this patient where they are now.")


# --- the patient's moves ---


def check_in(visit: Visit, *, by: User, place: str, street: str, city: str, phone: str) -> Visit:
    """The patient says again where they are, and agrees to care by video. booked → checked in.

    The license is decided anew for that place. A no is stored and shown; the patient may then
    move the visit to another clinician, and this one cannot admit.
    """
    with transaction.atomic():
        visit = locked(visit)
        _only_its_patient(visit, by)
        now = timezone.now()
        if now < visit.starts_at - CHECK_IN_OPENS:
            raise TooEarly(_("Check-in opens 30 minutes before the visit."))
        event = move(visit, S.CHECKED_IN, by=by, checked_in_at=now, place=place)
        _say_where(visit, by=by, place=place, street=street, city=city, phone=phone)
        Consent.objects.create(
            patient=visit.patient,
            kind=Consent.Kind.TELEHEALTH,
            version=CONSENT_VERSION,
            language=translation.get_language() or "en",
            state=place,
            given_by=by,
        )
        announce(event)
    return visit


def attest_place(
    visit: Visit, *, by: User, place: str, street: str, city: str, phone: str
) -> Visit:
    """The patient, already checked in, corrects where they are. The license is decided anew."""
    with transaction.atomic():
        visit = locked(visit)
        _only_its_patient(visit, by)
        if visit.status not in (S.CHECKED_IN, S.WAITING):
            raise NotNow
        visit.place = place
        visit.save(update_fields=["place"])
        _say_where(visit, by=by, place=place, street=street, city=city, phone=phone)
        audit.record("visit.place", visit, by=by, patient=visit.patient)
        _send_news(visit, None)
    return visit


def arrive(visit: Visit, *, by: User) -> Visit:
    """The patient's camera and microphone are ready. checked in → waiting."""
    with transaction.atomic():
        visit = locked(visit)
        _only_its_patient(visit, by)
        announce(move(visit, S.WAITING, by=by, waiting_since=timezone.now()))
    return visit


# --- the clinician's moves ---


def admit(visit: Visit, *, by: User) -> Visit:
    """waiting → in progress. The license is decided anew: it may have ended since the check-in.

    A no is stored and shown, as at the check-in.
    """
    with transaction.atomic():
        visit = locked(visit)
        _only_its_clinician(visit, by)
        if S.IN_PROGRESS not in MOVES[Status(visit.status)]:
            raise NotNow
        now = timezone.now()
        decision = licensed.decide_for(
            visit, moment=LicenseDecision.Moment.JOIN, place=visit.place, at=now
        )
        if decision.is_allowed:
            announce(move(visit, S.IN_PROGRESS, by=by, started_at=visit.started_at or now))
        else:
            _send_news(visit, None)
    if not decision.is_allowed:
        raise NotLicensedHere
    return visit


def put_back(visit: Visit, *, by: User) -> Visit:
    """in progress → waiting; the patient keeps their place."""
    with transaction.atomic():
        visit = locked(visit)
        _only_its_clinician(visit, by)
        announce(move(visit, S.WAITING, by=by, reason="put_back"))
    return visit


def complete(visit: Visit, *, by: User, outcome: str) -> Visit:
    """in progress → completed. `outcome` is one of the choices of `Visit.outcome`."""
    if outcome not in dict(Visit._meta.get_field("outcome").flatchoices):
        raise Refused(_("Choose how the visit ended."), code="outcome_needed")
    with transaction.atomic():
        visit = locked(visit)
        _only_its_clinician(visit, by)
        announce(
            move(
                visit,
                S.COMPLETED,
                by=by,
                reason=outcome,
                outcome=outcome,
                ended_at=timezone.now(),
            )
        )
    return visit


def no_show(visit: Visit, *, by: User) -> Visit:
    """The patient did not come; the clinician says so from 10 minutes after the start."""
    with transaction.atomic():
        visit = locked(visit)
        _only_its_clinician(visit, by)
        now = timezone.now()
        if now < visit.starts_at + NO_SHOW_AFTER:
            raise TooEarly(_("Give the patient ten minutes after the start."))
        announce(move(visit, S.NO_SHOW_PATIENT, by=by, ended_at=now))
    return visit


def redirect(visit: Visit, *, by: User, reason: str) -> Visit:
    """This visit cannot help; the patient is sent to `reason`, one of REDIRECTIONS."""
    if reason not in REDIRECTIONS:
        raise Refused(_("Choose where the patient should go."), code="reason_needed")
    with transaction.atomic():
        visit = locked(visit)
        _only_its_clinician(visit, by)
        announce(move(visit, S.REDIRECTED, by=by, reason=reason, ended_at=timezone.now()))
    return visit


# --- what the verbs of booking are made of, too ---


def locked(visit: Visit) -> Visit:
    """The visit, read again under its lock: the caller's copy may be a click old."""
    return (
        Visit.objects.select_for_update(of=("self",), no_key=True)
        .select_related("patient__user", "clinician__user", "clinic", "visit_type", "intake")
        .get(pk=visit.pk)
    )


def move(visit: Visit, to: Status, *, by: User | None, reason: str = "", **also: Any) -> VisitEvent:
    """Change the status of a locked visit and write the event; `also` are columns set with it.

    Follow it with `announce`, last in the transaction.
    """
    came_from = Status(visit.status)
    if to not in MOVES[came_from]:
        raise NotNow
    visit.status = to
    for name, value in also.items():
        setattr(visit, name, value)
    visit.save(update_fields=["status", *also])
    return VisitEvent.objects.create(
        visit=visit,
        from_status=came_from,
        to_status=to,
        at=timezone.now(),
        actor=by,
        reason=reason,
    )


def begin(visit: Visit, *, by: User) -> VisitEvent:
    """The first event of a visit that was just made."""
    return VisitEvent.objects.create(
        visit=visit, to_status=visit.status, at=timezone.now(), actor=by
    )


def announce(*events: VisitEvent) -> None:
    """Audit the moves, and tell everybody who shows these visits once this is committed."""
    for event in events:
        visit = event.visit
        action = AUDITED[Status(event.to_status)]
        audit.record(action, visit, by=event.actor, patient=visit.patient, detail=event.reason)
        _send_news(visit, event)


# --- what every verb asks ---


def _only_its_patient(visit: Visit, user: User) -> None:
    if visit.patient.user_id != user.pk:
        raise PermissionDenied


def _only_its_clinician(visit: Visit, user: User) -> None:
    if visit.clinician.user_id != user.pk:
        raise PermissionDenied


def _say_where(visit: Visit, *, by: User, place: str, street: str, city: str, phone: str) -> None:
    """The place goes to the intake, where help would look for it, and is decided upon anew."""
    intake = visit.intake
    intake.place, intake.street, intake.city, intake.phone = place, street, city, phone
    intake.place_at = timezone.now()
    intake.save(update_fields=["place", "street", "city", "phone", "place_at"])
    licensed.decide_for(visit, moment=LicenseDecision.Moment.JOIN, place=place, at=timezone.now())


def _send_news(visit: Visit, event: VisitEvent | None) -> None:
    # A function and no partial: Django names it in its log when it fails.
    def tell() -> None:
        visit_moved.send(Visit, visit=visit, event=event)

    # Robust: a screen that cannot be told finds out by itself; the move stands.
    transaction.on_commit(tell, robust=True)
