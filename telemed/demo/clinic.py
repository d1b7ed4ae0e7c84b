"""The demo clinic's people and what they keep: clinic, staff, licenses, hours, patients."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.db import models

from accounts import npi
from accounts.models import (
    AuditEvent,
    Clinic,
    Clinician,
    License,
    Membership,
    Notice,
    Patient,
    User,
)
from telemed.demo.doors import DANA, PASSPHRASE, STAFF_SECRET
from telemed.demo.patients import ADA, PATIENTS, ZONES, Invented
from telemed.demo.staff import ADMIN, CLINIC, COLLEAGUES, OFFERED, Colleague
from triage.models import HistoryEntry
from visits.models import ScheduleException, VisitType, WeeklyHours

OPEN_SINCE = timedelta(days=60)  # before the day of the seed


@dataclass
class World:
    """What was made so far. `log` becomes the audit, in the order of its times."""

    now: datetime
    chance: Random
    log: list[AuditEvent] = field(default_factory=list)
    clinic: Clinic = field(default_factory=Clinic)
    admin: User = field(default_factory=User)
    clinicians: list[tuple[Colleague, Clinician]] = field(default_factory=list)
    patients: list[tuple[Invented, Patient]] = field(default_factory=list)
    visit_types: dict[str, VisitType] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(CLINIC["time_zone"])).date()

    def code(self) -> uuid.UUID:
        """The same codes every time that this day is seeded: pictures of it can be compared."""
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def note(
        self,
        at: datetime,
        actor: User | None,
        action: str,
        subject: models.Model,
        *,
        patient: Patient | None = None,
        detail: str = "",
    ) -> None:
        name = f"{subject._meta.model_name}:{getattr(subject, 'code', None) or subject.pk}"
        self.log.append(
            AuditEvent(
                at=at, actor=actor, action=action, subject=name, patient=patient, detail=detail
            )
        )


def new_world(now: datetime) -> World:
    today = now.astimezone(ZoneInfo(CLINIC["time_zone"])).date()
    return World(now=now, chance=Random(f"harbor {today}"))  # noqa: S311 - invents, hides nothing


@contextmanager
def own_times(*kinds: type[models.Model]) -> Iterator[None]:
    """Let rows of the past carry their own times where the model would write the present."""
    automatic = [
        (each, name)
        for kind in kinds
        for each in kind._meta.concrete_fields
        for name in ("auto_now", "auto_now_add")
        if getattr(each, name, False)
    ]
    for each, name in automatic:
        setattr(each, name, False)
    try:
        yield
    finally:
        for each, name in automatic:
            setattr(each, name, True)


def build(world: World) -> None:
    """Write all of it, into an empty database."""
    known = make_password(PASSPHRASE)
    unknown = make_password(None)
    since = world.now - OPEN_SINCE
    world.clinic = Clinic.objects.create(code=world.code(), **CLINIC)
    world.admin = _user(DANA, ADMIN, CLINIC["time_zone"], known, since)
    _join(world, world.admin, Membership.Role.ADMIN)
    for colleague in COLLEAGUES:
        password = known if colleague is COLLEAGUES[0] else unknown
        world.clinicians.append((colleague, _clinician(world, colleague, password, since)))
    for order, offered in enumerate(OFFERED):
        values = {name: value for name, value in vars(offered).items() if name != "key"}
        world.visit_types[offered.key] = VisitType.objects.create(
            code=world.code(), clinic=world.clinic, order=order, **values
        )
    _patients(world, known, unknown, since)
    _a_message_that_failed(world)


def _a_message_that_failed(world: World) -> None:
    """So that the admin has one to send again."""
    clinician = world.clinicians[-1][1]
    at = world.now - timedelta(hours=20)
    with own_times(Notice):
        Notice.objects.create(
            code=world.code(),
            key=f"account.welcome:{clinician.code}",
            kind="account.welcome",
            to=clinician.user,
            address=clinician.user.email,
            subject_code=clinician.code,
            due_at=at,
            created_at=at,
            status=Notice.Status.FAILED,
            attempts=5,
            failure="SMTPServerDisconnected",
        )


def _user(email: str, name: str, zone: str, password: str, at: datetime) -> User:
    with own_times(User):
        user = User.objects.create(
            email=email, name=name, time_zone=zone, password=password, date_joined=at
        )
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def _join(world: World, user: User, role: Membership.Role) -> None:
    Membership.objects.create(user=user, clinic=world.clinic, role=role)
    TOTP.activate(user, STAFF_SECRET)
    RecoveryCodes.activate(user)


def _clinician(world: World, who: Colleague, password: str, since: datetime) -> Clinician:
    user = _user(who.email, who.name, who.time_zone, password, since)
    _join(world, user, Membership.Role.CLINICIAN)
    clinician = Clinician.objects.create(
        code=world.code(),
        clinic=world.clinic,
        user=user,
        name=who.name,
        credentials=who.credentials,
        profession=who.profession,
        npi=who.nine + npi.check_digit(who.nine),
        languages=list(who.languages),
        home_state=who.home_state,
        time_zone=who.time_zone,
        may_prescribe=who.may_prescribe,
    )
    world.note(since, world.admin, "clinician.add", clinician)
    _licenses(world, who, clinician, since)
    _hours(world, who, clinician)
    return clinician


def _licenses(world: World, who: Colleague, clinician: Clinician, since: datetime) -> None:
    for held in who.authorities:
        ends = world.today + timedelta(days=held.days_left)
        row = License(
            code=world.code(),
            clinician=clinician,
            kind=held.kind,
            state=held.state,
            number=held.number,
            is_multistate=held.is_multistate,
            status=held.status,
            issued_on=ends - timedelta(days=730),
            expires_on=ends,
        )
        world.note(since + timedelta(minutes=5), world.admin, "license.add", row)
        if held.checked_at:
            checked_on = world.today - timedelta(days=world.chance.randint(9, 50))
            row.verified_on, row.verified_by = checked_on, world.admin
            row.verified_at_source = held.checked_at
            at = datetime.combine(checked_on, since.time(), UTC)
            world.note(at, world.admin, "license.verify", row, detail=checked_on.isoformat())
        row.save()


def _hours(world: World, who: Colleague, clinician: Clinician) -> None:
    WeeklyHours.objects.bulk_create(
        WeeklyHours(
            clinician=clinician,
            weekday=day,
            starts=starts,
            ends=ends,
            valid_from=world.today - OPEN_SINCE,
        )
        for day, starts, ends in who.hours
    )
    if who.away:
        first, last, reason = who.away
        ScheduleException.objects.create(
            clinician=clinician,
            first_day=world.today + timedelta(days=first),
            last_day=world.today + timedelta(days=last),
            reason=reason,
        )
    if who.special:
        offset, starts, ends, reason = who.special
        day = world.today + timedelta(days=offset)
        ScheduleException.objects.create(
            clinician=clinician,
            first_day=day,
            last_day=day,
            starts=starts,
            ends=ends,
            reason=reason,
        )


def _patients(world: World, known: str, unknown: str, since: datetime) -> None:
    users = [
        User(
            email=who.email,
            name=who.name,
            language=who.language,
            time_zone=ZONES[who.state],
            password=known if who.name == ADA else unknown,
            date_joined=since + timedelta(hours=number),
        )
        for number, who in enumerate(PATIENTS)
    ]
    patients = [
        Patient(
            code=world.code(),
            clinic=world.clinic,
            user=user,
            name=who.name,
            born_on=who.born_on,
            sex=who.sex,
            phone=f"512-555-01{number:02d}",
            street=who.street,
            city=who.city,
            state=who.state,
            postal_code=who.postal_code,
            created_at=user.date_joined,
        )
        for number, (who, user) in enumerate(zip(PATIENTS, users, strict=True))
    ]
    world.patients = list(zip(PATIENTS, patients, strict=True))
    with own_times(User, Patient, HistoryEntry):
        User.objects.bulk_create(users)
        Patient.objects.bulk_create(patients)
        HistoryEntry.objects.bulk_create(
            entry for who, patient in world.patients for entry in _history(world, who, patient)
        )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    for patient in patients:
        world.note(patient.created_at, patient.user, "patient.register", patient, patient=patient)


def _history(world: World, who: Invented, patient: Patient) -> Iterator[HistoryEntry]:
    for kind, entries in (
        (HistoryEntry.Kind.CONDITION, who.conditions),
        (HistoryEntry.Kind.MEDICINE, who.medicines),
        (HistoryEntry.Kind.ALLERGY, who.allergies),
    ):
        for entry in entries:
            yield HistoryEntry(
                code=world.code(),
                patient=patient,
                kind=kind,
                name=entry,
                added_by=patient.user,
                added_at=patient.created_at,
            )
