"""Who works at the demo clinic, where they may practice, when, and what can be booked."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal

from accounts.models import License, Profession

Kind, Status = License.Kind, License.Status
WEEKDAYS, MIDNIGHT = range(5), time(0)

CLINIC = {
    "name": "Harbor Clinic",
    "phone": "512-555-0100",
    "street": "1 Pier Street",
    "city": "Austin",
    "state": "TX",
    "postal_code": "78701",
    "time_zone": "America/Chicago",
}
ADMIN = "Dana Ortiz"


@dataclass(frozen=True)
class Held:
    """An authority. It ends `days_left` days after the day of the seed."""

    kind: str
    state: str
    number: str
    days_left: int = 500
    is_multistate: bool = False
    status: str = Status.ACTIVE
    checked_at: str = ""  # empty: nobody looked it up yet


@dataclass(frozen=True)
class Colleague:
    name: str
    credentials: str
    profession: str
    email: str
    nine: str  # the NPI without its check digit
    languages: tuple[str, ...]
    home_state: str
    time_zone: str
    authorities: tuple[Held, ...]
    hours: tuple[tuple[int, time, time], ...]
    visits_a_day: int
    may_prescribe: bool = False
    # Day offsets from the seed's day on which the weekly hours do not hold.
    away: tuple[int, int, str] | None = None
    special: tuple[int, time, time, str] | None = None
    booked_from: time = field(default=time(7))  # the schedule of made-up patients keeps to these
    booked_to: time = field(default=time(19))


def _week(days: range, *blocks: tuple[int, int]) -> tuple[tuple[int, time, time], ...]:
    return tuple((day, time(start), time(end % 24)) for day in days for start, end in blocks)


COLLEAGUES = (
    Colleague(
        name="Dr. Amara Bello",
        credentials="MD",
        profession=Profession.PHYSICIAN,
        email="bello@example.com",
        nine="123555014",
        languages=("en", "ig", "es"),
        home_state="TX",
        time_zone="America/Chicago",
        may_prescribe=True,
        authorities=(
            Held(Kind.LICENSE, "TX", "TX-55501", 640, checked_at="Texas Medical Board look-up"),
            Held(Kind.LICENSE, "OK", "OK-55502", 310, checked_at="Oklahoma medical board look-up"),
            Held(Kind.LICENSE, "NM", "NM-55503", 205, checked_at="New Mexico board look-up"),
            Held(Kind.REGISTRATION, "FL", "FL-TH-55504", 400, checked_at="Florida look-up"),
        ),
        # Around the clock: whoever opens the demo on a Sunday at 3 a.m. finds a clinician.
        hours=_week(range(7), (0, 24)),
        visits_a_day=6,
    ),
    Colleague(
        name="Dr. Wei Chen",
        credentials="MD",
        profession=Profession.PHYSICIAN,
        email="chen@example.com",
        nine="123555022",
        languages=("en", "zh"),
        home_state="CA",
        time_zone="America/Los_Angeles",
        may_prescribe=True,
        authorities=(
            Held(Kind.LICENSE, "CA", "CA-55511", 420, checked_at="Medical Board of California"),
            Held(Kind.LICENSE, "WA", "WA-55512", 23, checked_at="Washington look-up"),
            Held(Kind.LICENSE, "OR", "OR-55513", 77, checked_at="Oregon Medical Board look-up"),
            Held(Kind.LICENSE, "TX", "TX-55514", 510, checked_at="Texas Medical Board look-up"),
        ),
        hours=_week(WEEKDAYS, (8, 12), (13, 17)),
        visits_a_day=3,
        away=(8, 9, "Conference"),
    ),
    Colleague(
        name="Marisol Reyes",
        credentials="DNP, FNP-C",
        profession=Profession.NP,
        email="reyes@example.com",
        nine="123555033",
        languages=("en", "es"),
        home_state="AZ",
        time_zone="America/Phoenix",
        may_prescribe=True,
        authorities=(
            Held(Kind.LICENSE, "AZ", "AZ-55521", 365, checked_at="Arizona Board of Nursing"),
            Held(Kind.RN_LICENSE, "AZ", "AZ-RN-55522", 365, True, checked_at="Nursys look-up"),
            Held(Kind.LICENSE, "CO", "CO-55523", 150, checked_at="Colorado look-up"),
            Held(Kind.LICENSE, "NM", "NM-55524", 270),
        ),
        hours=_week(range(6), (7, 15)),
        visits_a_day=3,
    ),
    Colleague(
        name="Dr. Hannah Weiss",
        credentials="PhD",
        profession=Profession.PSYCHOLOGIST,
        email="weiss@example.com",
        nine="123555044",
        languages=("en", "fr"),
        home_state="PA",
        time_zone="America/New_York",
        authorities=(
            Held(Kind.LICENSE, "PA", "PA-55531", 380, checked_at="Pennsylvania look-up"),
            Held(Kind.PSYPACT_APIT, "PA", "APIT-55532", 290, checked_at="PSYPACT directory"),
        ),
        hours=_week(range(1, 6), (9, 13), (14, 18)),
        visits_a_day=3,
        special=(4, time(12), time(20), "Evening hours"),
    ),
    Colleague(
        name="Lucía Morales",
        credentials="LPC",
        profession=Profession.COUNSELOR,
        email="morales@example.com",
        nine="123555055",
        languages=("es", "en"),
        home_state="GA",
        time_zone="America/New_York",
        authorities=(
            Held(Kind.LICENSE, "GA", "GA-55541", 330, checked_at="Georgia look-up"),
            Held(Kind.REGISTRATION, "FL", "FL-TH-55542", 240, checked_at="Florida look-up"),
            Held(
                Kind.LICENSE,
                "SC",
                "SC-55543",
                190,
                status=Status.SUSPENDED,
                checked_at="South Carolina look-up",
            ),
        ),
        hours=_week(WEEKDAYS, (10, 14), (15, 19)),
        visits_a_day=3,
    ),
    Colleague(
        name="Samuel Tetteh",
        credentials="PT, DPT",
        profession=Profession.PT,
        email="tetteh@example.com",
        nine="123555066",
        languages=("en",),
        home_state="CO",
        time_zone="America/Denver",
        authorities=(
            Held(Kind.LICENSE, "CO", "CO-55551", 450, checked_at="Colorado look-up"),
            Held(Kind.PRIVILEGE, "TX", "TX-PTC-55552", 160, checked_at="PT Compact look-up"),
            Held(Kind.PRIVILEGE, "UT", "UT-PTC-55553", 160, checked_at="PT Compact look-up"),
        ),
        hours=_week(range(6), (6, 12)),
        visits_a_day=3,
        booked_from=time(6),
    ),
)

PRESCRIBERS = [Profession.PHYSICIAN, Profession.NP, Profession.PA]


@dataclass(frozen=True)
class Offered:
    key: str
    name: str
    name_es: str
    about: str
    about_es: str
    minutes: int
    price: Decimal
    professions: Sequence[str]


OFFERED = (
    Offered(
        "video",
        "Video visit",
        "Consulta por video",
        "A new problem, or one that came back: a cough, a rash, a sore throat",
        "Un problema nuevo o que volvió: tos, sarpullido, dolor de garganta",
        20,
        Decimal("75.00"),
        PRESCRIBERS,
    ),
    Offered(
        "renewal",
        "Short renewal",
        "Renovación breve",
        "A medicine that you take already and that is running out",
        "Una medicina que ya toma y que se le está acabando",
        10,
        Decimal("40.00"),
        PRESCRIBERS,
    ),
    Offered(
        "chronic",
        "Long-term care",
        "Atención continua",
        "High blood pressure, diabetes, asthma, heart failure: how it is going",
        "Presión alta, diabetes, asma, insuficiencia cardíaca: cómo va todo",
        30,
        Decimal("95.00"),
        PRESCRIBERS,
    ),
    Offered(
        "therapy",
        "Therapy",
        "Terapia",
        "Talking with a psychologist or counselor: worry, low mood, stress, grief",
        "Hablar con una psicóloga o consejera: preocupación, tristeza, estrés, duelo",
        50,
        Decimal("140.00"),
        [
            Profession.PSYCHOLOGIST,
            Profession.COUNSELOR,
            Profession.MFT,
            Profession.SOCIAL_WORKER,
        ],
    ),
    Offered(
        "movement",
        "Physical therapy",
        "Fisioterapia",
        "Back, neck, knee or shoulder: exercises shown and checked on video",
        "Espalda, cuello, rodilla u hombro: ejercicios guiados y revisados por video",
        30,
        Decimal("90.00"),
        [Profession.PT],
    ),
)
