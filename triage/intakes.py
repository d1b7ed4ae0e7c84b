"""Verbs of the intake, in the order in which a patient meets them.

An emergency, whether ticked or read in the patient's own words, ends the intake at once: it is
kept (the database sees to that), and every later verb refuses with `EmergencyStands`.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import Patient, User
from accounts.refusal import Refused
from triage import own_words, red_flags, urgency
from triage.levels import Urgency
from triage.models import Answer, FiredFlag, HistoryEntry, HistoryReview, Intake

# How long after an emergency no new intake is opened. Calling the clinic is always possible.
EMERGENCY_HOLDS = timedelta(hours=2)
# An intake that was not finished can be gone on with for so long.
OPEN_FOR = timedelta(hours=24)


CAME_FROM = {"answer": urgency.Code.ANSWERED_YES, "words": urgency.Code.OWN_WORDS}


class EmergencyStands(Refused):
    code = "emergency"
    message = _("This sounds like an emergency. Please get help now; a video visit cannot help.")


class AlreadyComplete(Refused):
    code = "intake_complete"
    message = _("You have answered these questions already. Start again to change your answers.")


def recent_emergency(patient: Patient) -> Intake | None:
    """The emergency that still keeps this patient from booking."""
    since = timezone.now() - EMERGENCY_HOLDS
    return patient.intakes.filter(emergency_at__gt=since).order_by("-emergency_at").first()


def open_intake(patient: Patient) -> Intake | None:
    """The latest unfinished intake that can be gone on with."""
    return (
        patient.intakes.filter(
            emergency_at__isnull=True,
            completed_at__isnull=True,
            started_at__gt=timezone.now() - OPEN_FOR,
        )
        .order_by("-started_at")
        .first()
    )


@transaction.atomic
def start(patient: Patient, *, place: str, street: str, city: str, phone: str, by: User) -> Intake:
    """Begin with where the patient is now. Raises EmergencyStands within two hours of one."""
    if recent_emergency(patient):
        raise EmergencyStands
    intake = Intake.objects.create(
        patient=patient,
        started_by=by,
        place=place,
        street=street,
        city=city,
        phone=phone,
        place_at=timezone.now(),
        pregnancy="unknown" if may_be_pregnant(patient) else "no",
    )
    audit.record("intake.start", intake, by=by, patient=patient)
    return intake


@transaction.atomic
def move(intake: Intake, *, place: str, street: str, city: str, phone: str, by: User) -> Intake:
    """Correct the place of an intake that is still open."""
    intake = _open(intake)
    intake.place, intake.street, intake.city, intake.phone = place, street, city, phone
    intake.place_at = timezone.now()
    intake.save(update_fields=["place", "street", "city", "phone", "place_at"])
    audit.record("intake.place", intake, by=by, patient=intake.patient)
    return intake


@transaction.atomic
def tell_reason(intake: Intake, *, reason: str, pregnancy: str, by: User) -> Intake:
    """Keep the patient's own words and read them for red flags."""
    intake = _open(intake)
    intake.reason, intake.pregnancy = reason, pregnancy
    intake.save(update_fields=["reason", "pregnancy"])
    age_days = (timezone.localdate() - intake.patient.born_on).days
    known = own_words.known_facts(age_days=age_days, pregnancy=pregnancy)
    for fired in own_words.read(reason, known=known):
        _fire(intake, fired.rule, fired.urgency, advice=fired.advice.code, by_words=True)
    _judge(intake)
    audit.record("intake.reason", intake, by=by, patient=intake.patient)
    return intake


@transaction.atomic
def answer(intake: Intake, *, answers: dict[str, bool], by: User) -> Intake:
    """Keep every answer to the safety questions; a yes fires its flag for ever."""
    intake = _open(intake)
    questions = {question.id: question for question in questions_for(intake)}
    Answer.objects.bulk_create(
        Answer(intake=intake, question=code, value="yes" if is_true else "no")
        for code, is_true in answers.items()
        if code in questions
    )
    for code, is_true in answers.items():
        if is_true and code in questions:
            question = questions[code]
            _fire(intake, code, question.urgency, advice=question.advice.code)
    _judge(intake)
    audit.record("intake.answer", intake, by=by, patient=intake.patient, detail=f"n={len(answers)}")
    return intake


@transaction.atomic
def complete(intake: Intake, *, history: dict[HistoryEntry.Kind, list[str]], by: User) -> Intake:
    """Keep the three lists as the patient left them and close the intake with its urgency."""
    intake = _open(intake)
    if not intake.reason or not intake.answers.exists():
        raise Refused(_("Please answer the earlier questions first."), code="intake_unfinished")
    set_history(intake.patient, history, by=by)
    for kind, names in history.items():
        HistoryReview.objects.update_or_create(
            intake=intake, kind=kind, defaults={"said_none": not names}
        )
    _judge(intake)
    if not intake.is_emergency:
        intake.completed_at = timezone.now()
        intake.save(update_fields=["completed_at"])
    audit.record("intake.complete", intake, by=by, patient=intake.patient, detail=intake.urgency)
    return intake


@transaction.atomic
def set_history(patient: Patient, history: dict[HistoryEntry.Kind, list[str]], *, by: User) -> None:
    """Make the current lists be these: what is gone is ended, what is new is added."""
    now = timezone.now()
    current = list(patient.history.select_for_update().filter(ended_at__isnull=True))
    for kind, names in history.items():
        before = {entry.name: entry for entry in current if entry.kind == kind}
        ended = [entry.pk for name, entry in before.items() if name not in names]
        HistoryEntry.objects.filter(pk__in=ended).update(ended_at=now)
        HistoryEntry.objects.bulk_create(
            HistoryEntry(patient=patient, kind=kind, name=name, added_by=by)
            for name in names
            if name not in before
        )


def history_of(patient: Patient) -> dict[str, list[str]]:
    """The current entries by kind, as the patient wrote them."""
    lists: dict[str, list[str]] = {kind.value: [] for kind in HistoryEntry.Kind}
    for entry in patient.history.filter(ended_at__isnull=True):
        lists[entry.kind].append(entry.name)
    return lists


def questions_for(intake: Intake) -> list[red_flags.Question]:
    """The safety questions that apply to this patient today."""
    return red_flags.applicable(
        red_flags.shipped(),
        born_on=intake.patient.born_on,
        on=timezone.localdate(),
        sex=intake.patient.sex,
        pregnancy=intake.pregnancy,
    )


def may_be_pregnant(patient: Patient) -> bool:
    """Whether to ask: ages 10 to 55, the range of the red flags on pregnancy (docs/triage.md)."""
    return patient.sex != "male" and 10 <= patient.age_on(timezone.localdate()) <= 55


def advice_for(intake: Intake) -> list[red_flags.Advice]:
    """What to do now, for the most urgent flags that fired, each advice once."""
    fired = list(intake.fired_flags.filter(urgency=intake.urgency))
    codes: Iterable[str] = dict.fromkeys(flag.advice for flag in fired)
    known = red_flags.shipped_advice()
    return [known[code] for code in codes if code in known]


def _open(intake: Intake) -> Intake:
    # Re-read under the lock: another tab may have ended it since.
    intake = Intake.objects.select_for_update().select_related("patient").get(pk=intake.pk)
    if intake.is_emergency:
        raise EmergencyStands
    if intake.completed_at:
        raise AlreadyComplete
    return intake


def _fire(
    intake: Intake, flag: str, level: Urgency, *, advice: str, by_words: bool = False
) -> None:
    FiredFlag.objects.get_or_create(
        intake=intake,
        flag=flag,
        came_from="words" if by_words else "answer",
        defaults={"urgency": level.value, "advice": advice},
    )


def _judge(intake: Intake) -> None:
    """Decide the urgency from everything that fired so far; it never becomes less urgent."""
    decision = urgency.decide(
        urgency.Facts(
            flags=tuple(
                urgency.Flag(row.flag, Urgency(row.urgency), row.advice, CAME_FROM[row.came_from])
                for row in intake.fired_flags.all()
            ),
            already=Urgency(intake.urgency) if intake.urgency else None,
        )
    )
    intake.urgency, intake.urgency_code = decision.urgency.value, decision.code.value
    if decision.urgency is Urgency.EMERGENCY_NOW:
        intake.emergency_at = timezone.now()
    intake.save(update_fields=["urgency", "urgency_code", "emergency_at"])
