"""The demo clinic's schedule: a week that was, a waiting room now, a week to come.

Rows of the past are written as the verbs would have left them then, events, decisions, consents
and audit included; tests hold them against the same rules.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import translation

from accounts import licensing
from accounts.models import AuditEvent, Clinician, Consent, License, Notice, Patient, User
from telemed.demo import prescribed
from telemed.demo.cases import BY_VISIT_TYPE, Case, Medicine
from telemed.demo.clinic import World, own_times
from telemed.demo.patients import ADA, Invented
from telemed.demo.staff import Colleague
from triage import own_words, red_flags, urgency
from triage.levels import Urgency
from triage.models import Answer, FiredFlag, HistoryReview, Intake
from visits import availability, licensed, lifecycle, notices, signing
from visits.models import LicenseDecision, Note, Status, Visit, VisitEvent, VisitType

S = Status
WEEK = 7  # days before and after today
FREE_FOR_ADA = timedelta(minutes=100)  # from now on Dr. Bello's time is left as the cast needs it
CAST = 5  # Ada and the four of the waiting room come first among the patients

# How visits of the past ended, as drawn by lot.
ENDINGS = [S.COMPLETED] * 16 + [S.CANCELLED] * 2 + [S.NO_SHOW_PATIENT, S.REDIRECTED]


@dataclass(frozen=True)
class Times:
    """When it happened; what did not is None."""

    held: datetime
    checked_in: datetime | None = None
    waiting: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None


@dataclass
class Book:
    """Gathers the rows of many visits and writes them at once."""

    world: World
    rows: dict[type[models.Model], list[Any]] = field(default_factory=dict)
    taken: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    patient_taken: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    seen_on: set[tuple[int, date]] = field(default_factory=set)
    licenses: dict[int, list[License]] = field(default_factory=dict)
    ordered: list[tuple[Visit, Medicine, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        clinicians = [clinician for _who, clinician in self.world.clinicians]
        models.prefetch_related_objects(clinicians, "licenses", "weekly_hours", "exceptions")
        for clinician in clinicians:
            self.licenses[clinician.pk] = list(clinician.licenses.all())
            self.taken[clinician.pk] = []

        # A database that was filled before has visits already; in an empty one this finds none.
        for visit in Visit.objects.occupying().select_related("patient__user"):
            span = (visit.during.lower, visit.during.upper)
            self.taken.setdefault(visit.clinician_id, []).append(span)
            self.patient_taken.setdefault(visit.patient_id, []).append(span)
            self.seen_on.add((visit.patient_id, _local_day(visit.patient, visit.starts_at)))

    def is_free(
        self, clinician: Clinician, patient: Patient, starts_at: datetime, visit_type: VisitType
    ) -> bool:
        ends_at = starts_at + timedelta(minutes=visit_type.minutes)
        taken = [*self.taken[clinician.pk], *self.patient_taken.get(patient.pk, ())]
        return all(ends_at <= start or end <= starts_at for start, end in taken)

    def keep(self, row: models.Model) -> None:
        self.rows.setdefault(type(row), []).append(row)

    def decide(self, clinician: Clinician, patient: Patient, at: datetime) -> licensing.Decision:
        day = at.astimezone(ZoneInfo(patient.user.time_zone)).date()
        facts = licensed.facts_of(clinician, self.licenses[clinician.pk])
        return licensing.decide(facts, place=patient.state, on=day)

    def write(self) -> None:
        order: tuple[type[models.Model], ...] = (
            Intake, HistoryReview, Answer, FiredFlag, Visit, VisitEvent, LicenseDecision,
            Consent, Note, Notice,
        )  # fmt: skip
        with own_times(*order):
            for kind in order:
                kind._default_manager.bulk_create(self.rows.get(kind, []))
        prescribed.write(self.world, self.ordered)
        # In the order of time, as the chain wants it; ids and hashes are the database's.
        AuditEvent.objects.bulk_create(sorted(self.world.log, key=lambda event: event.at))


def fill(world: World) -> None:
    """Everything, in an empty clinic."""
    book = Book(world)
    _waiting_room(book)
    for offset in range(-WEEK, WEEK + 1):
        for who, clinician in world.clinicians:
            _day(book, who, clinician, world.today + timedelta(days=offset))
    book.write()


def fill_on(world: World) -> None:
    """A new waiting room, and the days up to a week from now that have nothing yet."""
    book = Book(world)
    _waiting_room(book)
    last = Visit.objects.latest("starts_at").starts_at
    filled = last.astimezone(ZoneInfo(world.clinic.time_zone)).date()
    for offset in range(WEEK + 1):
        day = world.today + timedelta(days=offset)
        if day > filled:
            for who, clinician in world.clinicians:
                _day(book, who, clinician, day)
    book.write()


# --- now ---


def _waiting_room(book: Book) -> None:
    """Two who wait, one who checked in, one who is booked: all Dr. Bello's, whatever the hour."""
    world, now = book.world, book.world.now
    _bello, clinician = world.clinicians[0]
    slot = now.replace(second=0, microsecond=0) - minutes(now.minute % 20)
    plan = (
        ("video", 3, slot - minutes(20), S.WAITING, minutes(19), minutes(16)),
        ("renewal", 2, slot, S.WAITING, minutes(8), minutes(5)),
        ("renewal", 0, slot + minutes(20), S.CHECKED_IN, minutes(2), None),
        ("chronic", 0, slot + minutes(60), S.BOOKED, None, None),
    )
    cast = [patient for _who, patient in world.patients[1:CAST]]
    for number, (patient, step) in enumerate(zip(cast, plan, strict=True)):
        key, case, starts_at, status, checked_in, waiting = step
        if not book.is_free(clinician, patient, starts_at, world.visit_types[key]):
            continue  # somebody who tries the demo has that time
        times = Times(
            held=now - timedelta(hours=3 + number, minutes=11),
            checked_in=now - checked_in if checked_in else None,
            waiting=now - waiting if waiting else None,
        )
        _add(
            book,
            clinician,
            patient,
            key,
            BY_VISIT_TYPE[key][case],
            starts_at=starts_at,
            status=status,
            times=times,
        )
    for _who, patient in world.patients[:CAST]:
        # The cast has nothing else around today, so that their own next step is plain.
        for offset in range(WEEK + 2):
            book.seen_on.add((patient.pk, world.today + timedelta(days=offset)))


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


# --- any day ---


def _day(book: Book, who: Colleague, clinician: Clinician, day: date) -> None:
    """As many visits as this clinician has on such a day, at times drawn by lot."""
    for _attempt in range(who.visits_a_day):
        keys = [
            key
            for key, visit_type in book.world.visit_types.items()
            if who.profession in visit_type.professions
        ]
        key = book.world.chance.choice(keys + keys[:1] * 2)
        start = _a_start(book, who, clinician, book.world.visit_types[key], day)
        if start is None:
            continue
        found = _somebody(book, clinician, key, start)
        if found is None:
            continue
        patient, case = found
        book.seen_on.add((patient.pk, _local_day(patient, start)))
        _by_time(book, clinician, patient, key, case, start)


def _a_start(
    book: Book, who: Colleague, clinician: Clinician, visit_type: VisitType, day: date
) -> datetime | None:
    zone = ZoneInfo(who.time_zone)
    length = timedelta(minutes=visit_type.minutes)
    first = datetime.combine(day, who.booked_from, zone)
    last = datetime.combine(day, who.booked_to, zone) - length
    busy = list(book.taken[clinician.pk])
    if clinician == book.world.clinicians[0][1]:
        busy.append((book.world.now - FREE_FOR_ADA, book.world.now + FREE_FOR_ADA))
    starts = availability.slots(
        zone=zone,
        blocks=[
            availability.Block(row.weekday, row.starts, row.ends, row.valid_from, row.valid_to)
            for row in clinician.weekly_hours.all()
        ],
        exceptions=[
            availability.Away(row.first_day, row.last_day)
            if row.starts is None or row.ends is None
            else availability.Special(row.first_day, row.last_day, row.starts, row.ends)
            for row in clinician.exceptions.all()
        ],
        busy=busy,
        length=length,
        first_day=day,
        days=1,
        not_before=first.astimezone(UTC),
    )
    open_starts = [start for start in starts if start <= last]
    return book.world.chance.choice(open_starts) if open_starts else None


def _somebody(
    book: Book, clinician: Clinician, key: str, start: datetime
) -> tuple[Patient, Case] | None:
    """A patient with a fitting case whom this clinician may treat, with no visit that day."""
    world = book.world
    pairs = list(world.patients)
    world.chance.shuffle(pairs)
    for who, patient in pairs:
        if who.name == ADA or (patient.pk, _local_day(patient, start)) in book.seen_on:
            continue
        if not book.decide(clinician, patient, start).is_allowed:
            continue
        cases = [case for case in BY_VISIT_TYPE[key] if _fits(case, who, patient, start.date())]
        if cases:
            return patient, world.chance.choice(cases)
    return None


def _fits(case: Case, who: Invented, patient: Patient, day: date) -> bool:
    return bool(
        (not case.only_with or case.only_with in who.conditions)
        and (not case.only_sex or case.only_sex == who.sex)
        and patient.age_on(day) >= case.only_from
        and (case.outcome != "prescription" or prescribed.medicine_of(case, who.medicines))
    )


def _local_day(patient: Patient, at: datetime) -> date:
    return at.astimezone(ZoneInfo(patient.user.time_zone)).date()


def _by_time(
    book: Book, clinician: Clinician, patient: Patient, key: str, case: Case, start: datetime
) -> None:
    """Long past: it ended somehow. Right now: they are in it. To come: booked."""
    world, chance = book.world, book.world.chance
    length = timedelta(minutes=world.visit_types[key].minutes)

    def later(at: datetime, least: int, most: int) -> datetime:
        return at + timedelta(minutes=chance.randint(least, most))

    held = later(min(start, world.now), -2 * 1440, -70)
    checked_in = later(start, -14, -6)
    waiting = checked_in + timedelta(minutes=2)
    started = max(waiting + timedelta(minutes=1), later(start, -2, 8))
    ended = started + length * chance.uniform(0.6, 1.0)
    status = S.BOOKED
    times = Times(held=held)
    if ended < world.now - timedelta(minutes=10):
        status = chance.choice(ENDINGS)
        times = Times(held, checked_in, waiting, started, ended)
        if status == S.CANCELLED:
            times = Times(held, ended=held + (start - held) * 0.5)
        elif status == S.NO_SHOW_PATIENT:
            times = Times(held, ended=start + timedelta(minutes=12))
    elif started < world.now:
        status, times = S.IN_PROGRESS, Times(held, checked_in, waiting, started)
    elif waiting < world.now:
        status, times = S.WAITING, Times(held, checked_in, waiting)
    _add(book, clinician, patient, key, case, starts_at=start, status=status, times=times)


# --- one visit ---


def _add(
    book: Book,
    clinician: Clinician,
    patient: Patient,
    key: str,
    case: Case,
    *,
    starts_at: datetime,
    status: Status,
    times: Times,
) -> None:
    world = book.world
    visit_type = world.visit_types[key]
    ends_at = starts_at + timedelta(minutes=visit_type.minutes)
    intake = _intake(book, patient, case, times)
    visit = Visit(
        code=world.code(),
        clinic=world.clinic,
        patient=patient,
        clinician=clinician,
        visit_type=visit_type,
        intake=intake,
        status=status,
        during=DateTimeTZRange(starts_at, ends_at),
        starts_at=starts_at,
        price=visit_type.price,
        place=patient.state,
        checked_in_at=times.checked_in,
        waiting_since=times.waiting,
        started_at=times.started,
        ended_at=times.ended if times.started or status == S.NO_SHOW_PATIENT else None,
        outcome=case.outcome if status == S.COMPLETED else "",
        created_at=times.held,
    )
    book.keep(visit)
    if status != S.CANCELLED:
        book.taken[clinician.pk].append((starts_at, ends_at))
    _events(book, visit, times)
    _decisions(book, visit, times)
    if status == S.COMPLETED and times.ended:
        _signed_note(book, visit, case, times.ended)
        _prescription(book, visit, case, times.ended)
    if status in (S.BOOKED, S.CHECKED_IN):
        _reminders(book, visit)


def _intake(book: Book, patient: Patient, case: Case, times: Times) -> Intake:
    world = book.world
    begun, done = times.held - timedelta(minutes=6), times.held - timedelta(minutes=1)
    age_days = (begun.date() - patient.born_on).days
    known = own_words.known_facts(age_days=age_days, pregnancy="no")
    flags = [
        FiredFlag(
            flag=each.rule,
            urgency=each.urgency.value,
            advice=each.advice.code,
            came_from="words",
            at=begun,
        )
        for each in _read(case.reason, tuple(known))
    ]
    decision = urgency.decide(
        urgency.Facts(
            flags=tuple(
                urgency.Flag(flag.flag, Urgency(flag.urgency), flag.advice, urgency.Code.OWN_WORDS)
                for flag in flags
            )
        )
    )
    intake = Intake(
        code=world.code(),
        patient=patient,
        started_by=patient.user,
        started_at=begun,
        place=patient.state,
        street=patient.street,
        city=patient.city,
        phone=patient.phone,
        place_at=times.checked_in or begun,
        reason=case.reason,
        pregnancy="no",
        urgency=decision.urgency.value,
        urgency_code=decision.code.value,
        completed_at=done,
    )
    book.keep(intake)
    for flag in flags:
        flag.intake = intake
        book.keep(flag)
    for question in _questions(patient, begun.date()):
        book.keep(Answer(intake=intake, question=question, value="no", at=begun))
    who = _who(book, patient)
    for kind, entries in (
        ("condition", who.conditions),
        ("medicine", who.medicines),
        ("allergy", who.allergies),
    ):
        book.keep(HistoryReview(intake=intake, kind=kind, said_none=not entries, at=done))
    for action, at in (
        ("intake.start", begun),
        ("intake.reason", begun),
        ("intake.answer", done),
        ("intake.complete", done),
    ):
        world.note(at, patient.user, action, intake, patient=patient)
    return intake


@cache
def _read(reason: str, known: tuple[str, ...]) -> list[own_words.Fired]:
    return own_words.read(reason, known=known)


def _questions(patient: Patient, day: date) -> Iterator[str]:
    for question in red_flags.applicable(
        red_flags.shipped(), born_on=patient.born_on, on=day, sex=patient.sex, pregnancy="no"
    ):
        if question.is_red_flag:
            yield question.id


def _events(book: Book, visit: Visit, times: Times) -> None:
    patient, clinician = visit.patient.user, visit.clinician.user
    status = Status(visit.status)
    steps: list[tuple[Status, datetime, User, str]] = [
        (S.HELD, times.held, patient, ""),
        (S.BOOKED, times.held + timedelta(minutes=2), patient, ""),
    ]
    if times.checked_in:
        steps.append((S.CHECKED_IN, times.checked_in, patient, ""))
        _consent(book, visit, times.checked_in)
    if times.waiting:
        steps.append((S.WAITING, times.waiting, patient, ""))
    if times.started:
        steps.append((S.IN_PROGRESS, times.started, clinician, ""))
    if times.ended:
        by = patient if status == S.CANCELLED else clinician
        reason = {S.COMPLETED: visit.outcome, S.CANCELLED: "better", S.REDIRECTED: "in_person"}
        steps.append((status, times.ended, by, reason.get(status, "")))
    before = ""
    for to, at, actor, reason_code in steps:
        book.keep(
            VisitEvent(
                visit=visit,
                from_status=before,
                to_status=to,
                at=at,
                actor=actor,
                reason=reason_code,
            )
        )
        before = to
        if to == S.IN_PROGRESS:
            book.world.note(
                at - timedelta(seconds=40), clinician, "visit.read", visit, patient=visit.patient
            )
        book.world.note(
            at, actor, lifecycle.AUDITED[to], visit, patient=visit.patient, detail=reason_code
        )


def _consent(book: Book, visit: Visit, at: datetime) -> None:
    book.keep(
        Consent(
            patient=visit.patient,
            kind=Consent.Kind.TELEHEALTH,
            version=lifecycle.CONSENT_VERSION,
            language=visit.patient.user.language,
            state=visit.place,
            given_by=visit.patient.user,
            given_at=at,
        )
    )


def _decisions(book: Book, visit: Visit, times: Times) -> None:
    moments: Sequence[tuple[LicenseDecision.Moment, datetime | None, datetime]] = (
        (LicenseDecision.Moment.BOOKING, times.held, visit.starts_at),
        (LicenseDecision.Moment.JOIN, times.checked_in, times.checked_in or visit.starts_at),
    )
    for moment, at, decided_for in moments:
        if at is None:
            continue
        decision = book.decide(visit.clinician, visit.patient, decided_for)
        with translation.override("en"):
            reasons = "\n".join(str(reason) for reason in decision.reasons)
        book.keep(
            LicenseDecision(
                visit=visit,
                moment=moment,
                at=at,
                place=visit.place,
                day=_local_day(visit.patient, decided_for),
                is_allowed=decision.is_allowed,
                code=decision.code,
                reasons=reasons,
            )
        )


def _signed_note(book: Book, visit: Visit, case: Case, ended: datetime) -> None:
    note = Note(
        visit=visit,
        author=visit.clinician,
        subjective=case.subjective,
        objective=case.objective,
        assessment=case.assessment,
        plan=case.plan,
        for_patient=case.for_patient,
        version=book.world.chance.randint(4, 12),
        saved_at=ended,
        signed_at=ended + timedelta(minutes=book.world.chance.randint(1, 6)),
        signed_by=visit.clinician,
    )
    note.seal = signing.seal_of(note)
    book.keep(note)
    by = visit.clinician.user
    book.world.note(ended, by, "note.write", visit, patient=visit.patient)
    book.world.note(note.signed_at or ended, by, "note.sign", visit, patient=visit.patient)


def _prescription(book: Book, visit: Visit, case: Case, ended: datetime) -> None:
    medicine = prescribed.medicine_of(case, _who(book, visit.patient).medicines)
    if medicine and visit.clinician.may_prescribe:
        book.ordered.append((visit, medicine, ended - timedelta(minutes=1)))


def _who(book: Book, patient: Patient) -> Invented:
    return next(who for who, each in book.world.patients if each is patient)


def _reminders(book: Book, visit: Visit) -> None:
    """In the outbox as booking would have put them there; those that are due were sent."""
    for name, before, stale in (
        ("visit.reminder_day", notices.A_DAY, notices.DAY_REMINDER_STALE),
        ("visit.reminder_hour", notices.AN_HOUR, notices.HOUR_REMINDER_STALE),
    ):
        due_at = visit.starts_at - before
        if due_at <= book.world.now:
            continue
        book.keep(
            Notice(
                code=book.world.code(),
                key=f"{name}:{visit.code}",
                kind=name,
                to=visit.patient.user,
                address=visit.patient.user.email,
                subject_code=visit.code,
                due_at=due_at,
                stale_at=visit.starts_at - stale,
                created_at=book.world.now,
            )
        )
