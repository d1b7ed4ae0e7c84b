"""Every screen, phone and desktop, light and dark, into docs/screenshots: `make screenshots`.

Its name keeps it out of the other test runs. The demo clinic is the world, so times of day are
those of the run; nothing else differs from one run to the next. On every picture axe looks for
faults too, and the run fails with all of them at its end.
"""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from unittest import mock

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Playwright

from accounts.models import Clinic, Clinician, Patient, User
from accounts.refusal import Refused
from prescriptions import checking, writing
from telemed.demo import doors
from tests import world
from tests.browser.conftest import FLAGS
from tests.browser.person import Person
from tests.tools import chromium
from triage import intakes
from triage.models import HistoryEntry, Intake
from visits import booking, lifecycle, signing
from visits.models import Visit, VisitType

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
FACES = Path(__file__).parent / "faces"
SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MINUTE = timedelta(minutes=1)
SETTLE = """async () => {
  document.activeElement?.blur();
  scrollTo(0, 0);
  await document.fonts.ready;
}"""

Machines = dict[str, Browser]
Behind = Callable[..., Any]
Comes = Callable[..., Person]


class Album:
    """Takes the pictures of one test and remembers what was wrong on them."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def take(self, person: Person, name: str, *, whole: bool = True) -> None:
        """Four pictures of what this person sees; not `whole`: only what the screen holds."""
        page = person.page
        page.wait_for_load_state("networkidle")
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for theme in THEMES:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                page.mouse.move(0, 0)
                page.evaluate(SETTLE)
                path = FOLDER / f"{name}-{size}-{theme}.png"
                # Playwright would hide caret and motion by inline style, and the policy forbids it.
                page.screenshot(path=path, full_page=whole, animations="allow", caret="initial")
                try:
                    person.page_is_accessible()
                except AssertionError as fault:
                    self.faults.append(f"{name}-{size}-{theme}: {fault}")

    def see(self, person: Person, size: str) -> str:
        """One light picture of what a screen of this size holds, as an address."""
        width, height = SIZES[size]
        person.page.wait_for_load_state("networkidle")
        person.page.set_viewport_size({"width": width, "height": height})
        person.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        person.page.mouse.move(0, 0)
        person.page.evaluate(SETTLE)
        picture = person.page.screenshot(animations="allow", caret="initial")
        return "data:image/png;base64," + base64.b64encode(picture).decode()

    def keep(self, machine: Browser, name: str, pictures: list[str]) -> None:
        """For the README, and so in git: side by side, and small."""
        page = machine.new_page(viewport={"width": 1280, "height": 900})
        page.set_content("".join(f'<img src="{each}">' for each in pictures))
        page.add_style_tag(
            content="body { margin: 0; display: flex; gap: 24px; width: max-content }"
            " img + img, img:first-child:not(:only-child) { border-radius: 24px }"
            " body:has(img + img) { padding: 24px; background: #10302f }"
        )
        path = FOLDER / f"readme-{name}.jpg"
        page.locator("body").screenshot(path=path, type="jpeg", quality=82)
        page.close()


@pytest.fixture
def album() -> Iterator[Album]:
    FOLDER.mkdir(exist_ok=True)
    album = Album()
    yield album
    assert album.faults == [], "\n".join(album.faults)


class Demo:
    """The seeded clinic, and the few things that happened in it before anybody looks."""

    def __init__(self) -> None:
        call_command("seed", verbosity=0)
        self.clinic = Clinic.objects.get()
        self.ada = Patient.objects.get(user__email=doors.ADA)
        self.bello = Clinician.objects.get(user__email=doors.BELLO)
        self.dana = User.objects.get(email=doors.DANA)
        self.other = Patient.objects.order_by("pk")[5]

    def visit_type(self, name: str) -> VisitType:
        return VisitType.objects.get(name=name)

    def book(self, patient: Patient, reason: str, *, kind: str = "Short renewal") -> Visit:
        """At the next start that is still free."""
        intake = world.make_intake(patient, reason=reason)
        visit_type = self.visit_type(kind)
        start = world.next_slot(timedelta())
        for _attempt in range(60):
            start += 10 * MINUTE
            try:
                return world.book(intake, self.bello, visit_type, starts_at=start)
            except Refused:
                continue
        raise AssertionError("Dr. Bello has no time at all")

    def past_visit(self, patient: Patient, *, at: datetime, signed: bool = True) -> Visit:
        """An ended visit, with a prescription when its note is signed."""
        with clock_at(at):
            visit = self.book(patient, "My throat is sore since Sunday. I can swallow fine.")
        with clock_at(visit.starts_at - 5 * MINUTE):
            visit = world.start(visit)
        by = self.bello.user
        with clock_at(visit.starts_at + 8 * MINUTE):
            note = signing.open_note(visit, by=by)
            note = signing.save(note, parts=NOTE, version=0, by=by)
            if signed:
                prescribe(visit, by=by)
            visit = lifecycle.complete(visit, by=by, outcome="prescription" if signed else "advice")
        if signed:
            with clock_at(visit.starts_at + 12 * MINUTE):
                signing.sign(note, by=by)
        return visit


NOTE = {
    "subjective": "Three days of a scratchy throat with a blocked nose. No fever.",
    "objective": "Throat a little red on camera, no white spots. Swallows without trouble.",
    "assessment": "Viral sore throat.",
    "plan": "Salt water, lozenges, acetaminophen as on the label.",
    "for_patient": "A virus causes this, and an antibiotic would not help.\n\n"
    "Gargle with salt water and drink a lot. Come back if it gets worse after three days.",
}
ORDER: dict[str, Any] = {
    "drug": "fluticasone",
    "strength": "50 mcg/actuation",
    "form": "nasal spray",
    "quantity": 1,
    "directions": "Spray once into each nostril, once a day.",
    "refills": 1,
    "pharmacy": "Pier Street Pharmacy, 512-555-0170",
}


def prescribe(visit: Visit, *, by: User) -> None:
    drafted = writing.draft(visit, **ORDER, by=by)
    warnings = checking.findings_for(drafted).at("warn")
    reasons = {checking.key_of(each): "Discussed with the patient." for each in warnings}
    writing.explain(drafted, reasons=reasons, by=by)
    writing.sign(drafted, by=by)


@contextmanager
def clock_at(moment: datetime) -> Iterator[None]:
    with mock.patch.object(timezone, "now", return_value=moment):
        yield


@pytest.fixture
def demo(behind: Behind) -> Demo:
    return behind(Demo)


@pytest.fixture(scope="module")
def machines(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machines]:
    """A browser for patients and one for clinicians, each with somebody before its camera."""
    folder = tmp_path_factory.mktemp("cameras")
    painter = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
    browsers = {}
    for who in ("ada", "bello"):
        page = painter.new_page(viewport={"width": 640, "height": 480})
        page.set_content((FACES / f"{who}.svg").read_text())
        page.add_style_tag(content="body { margin: 0 } svg { display: block }")
        film = folder / f"{who}.mjpeg"
        film.write_bytes(page.screenshot(type="jpeg", quality=92) * 2)
        camera = f"--use-file-for-fake-video-capture={film}"
        browsers[who] = playwright.chromium.launch(
            executable_path=chromium(), args=[*FLAGS, camera]
        )
    painter.close()
    yield browsers
    for browser in browsers.values():
        browser.close()


@pytest.fixture
def comes_in(
    arrive: Comes, signed_in: Callable[..., Client], behind: Behind, machines: Machines
) -> Comes:
    """Somebody opens a browser in which they are signed in already."""

    def come(user: User, *, proved: bool = False) -> Person:
        who = "bello" if behind(user.memberships.exists) else "ada"
        person = arrive(user.name, machine=machines[who])
        session = behind(signed_in, user, proved=proved).cookies["sessionid"].value
        person.page.context.add_cookies(
            [{"name": "sessionid", "value": session, "url": person.server}]
        )
        return person

    return come


def shows(album: Album, person: Person, screens: dict[str, str]) -> None:
    for name, path in screens.items():
        person.goes_to(path)
        album.take(person, name)


def in_spanish(person: Person) -> None:
    person.page.context.add_cookies(
        [{"name": "django_language", "value": "es", "url": person.server}]
    )


# --- nobody is signed in ---


def test_the_front_door(album: Album, arrive: Comes, demo: Demo) -> None:
    guest = arrive("A visitor")
    shows(
        album,
        guest,
        {
            "front": "/",
            "sign-up": "/accounts/signup/",
            "sign-in-code": "/accounts/login/code/",
            "forgot-password": "/accounts/password/reset/",
            "privacy": "/privacy/",
            "demo": "/demo/",
            "404": "/nowhere/",
        },
    )
    guest.goes_to("/accounts/login/")
    album.take(guest, "sign-in")
    enter(guest, doors.ADA, "wrong")
    album.take(guest, "sign-in-errors")
    enter(guest, doors.BELLO, doors.PASSPHRASE)
    album.take(guest, "second-step")
    in_spanish(guest)
    shows(album, guest, {"front-es": "/", "sign-up-es": "/accounts/signup/"})


def enter(person: Person, email: str, password: str) -> None:
    person.page.locator("input[name=login]").fill(email)
    person.page.locator("input[name=password]").fill(password)
    person.submits()


def test_somebody_new(album: Album, arrive: Comes, demo: Demo) -> None:
    nora = arrive("Nora")
    nora.goes_to("/accounts/signup/")
    nora.page.locator("input[name=email]").fill("nora@example.com")
    nora.page.locator("input[name=password1]").fill("1234")
    nora.submits()
    album.take(nora, "sign-up-errors")
    nora.page.locator("input[name=password1]").fill("a boat in the morning")
    nora.submits()
    album.take(nora, "code")


def test_a_new_patient(album: Album, comes_in: Comes, behind: Behind, demo: Demo) -> None:
    user = behind(world.make_user, "Nora Whitfield")
    nora = comes_in(user)
    nora.goes_to("/profile/")
    album.take(nora, "about-you")
    nora.page.locator("input[name=born_on]").fill("2199-01-01")
    nora.submits()
    album.take(nora, "about-you-errors")
    behind(world.make_patient, demo.clinic, "Nora Whitfield", user=user)
    nora.goes_to("/home/patient/")
    album.take(nora, "home-empty")
    shows(
        album,
        nora,
        {
            "about-you-filled": "/profile/",
            "access-log-empty": "/access-log/",
            "my-health-empty": "/history/",
            "account-security": "/accounts/2fa/",
            "account-sessions": "/accounts/sessions/",
            "account-password": "/accounts/password/change/",
            "account-email": "/accounts/email/",
            "403": "/queue/",
        },
    )


def test_practice(album: Album, comes_in: Comes, demo: Demo) -> None:
    ada = comes_in(demo.ada.user)
    ada.goes_to("/practice/")
    album.take(ada, "practice")
    ada.presses("Start practice visit")
    ada.page.wait_for_timeout(1_500)
    album.take(ada, "practice-waiting")
    ada.until_call_flows()
    album.take(ada, "practice-call", whole=False)
    ada.presses("End")
    ada.sees("works")
    album.take(ada, "practice-result")


# --- the patient ---


def test_the_intake(album: Album, comes_in: Comes, behind: Behind, demo: Demo) -> None:
    ada = comes_in(demo.ada.user)
    ada.goes_to("/intakes/new/")
    album.take(ada, "intake-place")
    ada.page.locator("input[name=street]").fill("")
    ada.submits()
    album.take(ada, "intake-place-errors")
    ada.page.locator("input[name=street]").fill("12 Elm Street")
    ada.submits()
    album.take(ada, "intake-reason")
    ada.submits()
    album.take(ada, "intake-reason-errors")
    ada.page.locator("textarea[name=reason]").fill("A runny nose and a cough for three days.")
    ada.page.get_by_text("No", exact=True).click()
    ada.submits()
    album.take(ada, "intake-safety")
    ada.page.get_by_text("None of these warning signs").click()
    ada.submits()
    album.take(ada, "intake-history")
    for box in ("condition", "medicine", "allergy"):
        field = ada.page.locator(f"textarea[name={box}]")
        if not field.input_value():
            field.fill("Nothing else")
    ada.submits()
    album.take(ada, "intake-result")
    ada.follows("Choose a time")
    album.take(ada, "find-time")
    in_spanish(ada)
    ada.page.reload()
    album.take(ada, "find-time-es")
    shows(album, ada, {"intake-place-es": "/intakes/new/", "home-es": "/home/patient/"})


def test_an_intake_that_ends_otherwise(
    album: Album, comes_in: Comes, behind: Behind, demo: Demo
) -> None:
    ada = comes_in(demo.ada.user)

    def answered(reason: str, **fields: Any) -> Intake:
        return world.make_intake(demo.ada, reason=reason, **fields)

    def begun(reason: str) -> Intake:
        place = {"place": "TX", "street": "12 Elm Street", "city": "Austin"}
        by = demo.ada.user
        intake = intakes.start(demo.ada, **place, phone="512-555-0142", by=by)
        return intakes.tell_reason(intake, reason=reason, pregnancy="no", by=by)

    def in_person_today() -> Intake:
        intake = begun("I fell on my wrist.")
        urgent = next(
            q.id for q in intakes.questions_for(intake) if q.urgency == "urgent_in_person"
        )
        by = demo.ada.user
        intakes.answer(intake, answers={urgent: True}, by=by)
        return intakes.complete(intake, history={kind: [] for kind in HistoryEntry.Kind}, by=by)

    in_person = behind(in_person_today)
    same_day = behind(answered, "Fever for four days.", urgency="same_day")
    self_care = behind(answered, "A mosquito bite that itches.", urgency="self_care")
    elsewhere = behind(answered, "A rash on my arms.", place="WY")
    shows(
        album,
        ada,
        {
            "in-person-today": f"/intakes/{in_person.code}/result/",
            "result-same-day": f"/intakes/{same_day.code}/result/",
            "result-self-care": f"/intakes/{self_care.code}/result/",
            "none-available": f"/intakes/{elsewhere.code}/times/",
        },
    )

    heart = behind(begun, "Crushing chest pain that goes into my left arm, I am sweating")
    shows(album, ada, {"emergency": f"/intakes/{heart.code}/emergency/"})
    shows(album, ada, {"home-emergency": "/home/patient/"})


def test_a_booking(album: Album, comes_in: Comes, behind: Behind, demo: Demo) -> None:
    behind(demo.past_visit, demo.ada, at=timezone.now() - timedelta(days=9))
    intake = behind(world.make_intake, demo.ada)

    def hold() -> Visit:
        start = world.next_slot(timedelta(days=2))
        kind = demo.visit_type("Video visit")
        for _attempt in range(60):
            start += 20 * MINUTE
            try:
                return booking.hold(
                    intake, clinician=demo.bello, visit_type=kind, starts_at=start, by=demo.ada.user
                )
            except Refused:
                continue
        raise AssertionError("Dr. Bello has no time at all")

    ada = comes_in(demo.ada.user)
    shows(album, ada, {"home-past": "/home/patient/"})
    visit = behind(hold)
    shows(album, ada, {"confirm": f"/visits/{visit.code}/confirm/"})
    behind(booking.confirm, visit, by=demo.ada.user)
    shows(
        album,
        ada,
        {
            "home-next": "/home/patient/",
            "visit": f"/visits/{visit.code}/",
            "reschedule": f"/visits/{visit.code}/reschedule/",
            "cancel": f"/visits/{visit.code}/cancel/",
            "check-in-early": f"/visits/{visit.code}/check-in/",
        },
    )
    behind(booking.cancel, visit, by=demo.ada.user, reason="better")
    shows(album, ada, {"visit-cancelled": f"/visits/{visit.code}/"})
    ada.goes_to(f"/visits/{visit.code}/reschedule/")
    album.take(ada, "409")


def test_papers(album: Album, comes_in: Comes, behind: Behind, demo: Demo) -> None:
    visit = behind(demo.past_visit, demo.ada, at=timezone.now() - timedelta(days=9))
    prescription = behind(visit.prescriptions.get)
    ada = comes_in(demo.ada.user)
    shows(
        album,
        ada,
        {
            "summary": f"/visits/{visit.code}/summary/",
            "prescription": f"/prescriptions/{prescription.code}/",
            "visit-past": f"/visits/{visit.code}/",
            "my-health": "/history/",
            "access-log": "/access-log/",
        },
    )
    bello = comes_in(demo.bello.user)
    shows(
        album,
        bello,
        {
            "chart-signed": f"/visits/{visit.code}/chart/",
            "prescription-clinician": f"/prescriptions/{prescription.code}/",
            "prescription-cancel": f"/prescriptions/{prescription.code}/cancel/",
        },
    )


# --- the visit itself, from both sides ---


def test_the_visit(
    album: Album, comes_in: Comes, behind: Behind, demo: Demo, machines: Machines
) -> None:
    def history() -> None:
        for kind, name, detail in (
            ("medicine", "Lisinopril 10 mg", "in the morning"),
            ("condition", "High blood pressure", ""),
        ):
            HistoryEntry.objects.create(
                patient=demo.ada, kind=kind, name=name, detail=detail, added_by=demo.ada.user
            )

    behind(history)
    behind(demo.past_visit, demo.ada, at=timezone.now() - timedelta(days=9))
    behind(demo.past_visit, demo.other, at=timezone.now() - 95 * MINUTE, signed=False)
    visit = behind(
        demo.book,
        demo.ada,
        "Three days of a runny nose. It hurts under my eyes when I bend down, and my teeth ache.",
    )
    room, chart = f"/visits/{visit.code}/room/", f"/visits/{visit.code}/chart/"
    ada, bello = comes_in(demo.ada.user), comes_in(demo.bello.user, proved=True)
    shows(album, bello, {"chart-booked": chart})
    shows(
        album, ada, {"home-today": "/home/patient/", "check-in": f"/visits/{visit.code}/check-in/"}
    )
    ada.submits()
    album.take(ada, "check-in-errors")
    ada.goes_to("/home/patient/")
    phone = [album.see(ada, "phone")]
    behind(world.check_in, visit)
    ada.goes_to(room)
    ada.page.wait_for_timeout(1_500)
    album.take(ada, "room-ready")
    ada.presses("I’m ready")
    ada.sees("knows you are here")
    album.take(ada, "room-waiting")
    phone.append(album.see(ada, "phone"))
    shows(album, bello, {"queue-waiting": "/queue/", "chart-waiting": chart})

    bello.presses("Admit")
    for person in (ada, bello):
        person.until_call_flows()
    album.take(ada, "call", whole=False)
    phone.append(album.see(ada, "phone"))
    bello.types("Subjective", "Three days of a runny nose. Pressure under the eyes. No fever.")
    bello.types("Objective", "Looks well. Tender under both eyes when she taps there herself.")
    bello.types("Assessment", "Inflamed sinuses, most likely from a virus.")
    bello.sees("Saved", within=6)
    album.take(bello, "chart-call", whole=False)
    album.keep(machines["bello"], "clinician", [album.see(bello, "desktop")])
    album.take(bello, "chart-call-whole")
    second = comes_in(demo.bello.user)
    shows(album, second, {"queue": "/queue/"})
    in_spanish(second)
    shows(album, second, {"queue-es": "/queue/"})

    prescriptions(album, bello)
    bello.types("Plan", NOTE["plan"])
    bello.types("What the patient should know", NOTE["for_patient"])
    bello.sees("Saved", within=6)
    bello.page.get_by_text("Prescription", exact=True).last.click()
    bello.presses("Finish the visit")
    ada.sees("Your visit is over")
    album.take(ada, "call-ended")
    album.keep(machines["ada"], "patient", phone)
    bello.page.wait_for_timeout(500)
    album.take(bello, "chart-ended")
    bello.goes_to(f"/visits/{visit.code}/note/sign/")
    album.take(bello, "sign-note")
    shows(album, ada, {"summary-not-yet": f"/visits/{visit.code}/summary/"})
    # With a proof that is too old, signing asks again who it is.
    old = comes_in(demo.bello.user)
    old.goes_to(f"/visits/{visit.code}/note/sign/")
    album.take(old, "sign-note-proof")


def prescriptions(album: Album, bello: Person) -> None:
    """One is found, checked and drafted in the panel beside the call."""
    page = bello.page
    page.get_by_role("link", name="New prescription").click()
    page.locator("#desk input").first.press_sequentially("amoxi")
    page.locator("#found button").first.wait_for()
    album.take(bello, "chart-medicine-found")
    page.locator("#found button").first.click()
    page.locator("#safety").wait_for()
    album.take(bello, "chart-medicine-check")
    bello.presses("Close")
    page.locator("#safety").wait_for(state="detached")


# --- staff alone ---


def test_a_day_without_patients(album: Album, comes_in: Comes, behind: Behind, demo: Demo) -> None:
    nobody = behind(world.make_clinician, demo.clinic, "Dr. Noor Haddad", around_the_clock=False)
    noor = comes_in(nobody.user)
    shows(album, noor, {"queue-empty": "/queue/", "schedule-empty": "/schedule/"})
    bello = comes_in(demo.bello.user)
    shows(album, bello, {"schedule": "/schedule/"})
    bello.page.locator("main form button").last.click()
    bello.page.wait_for_load_state()
    album.take(bello, "schedule-errors")


def test_the_clinic(album: Album, comes_in: Comes, behind: Behind, demo: Demo) -> None:
    dana = comes_in(demo.dana)
    license = behind(demo.bello.licenses.order_by("pk").first)
    shows(
        album,
        dana,
        {
            "desk": "/clinic/",
            "license-book": "/clinic/licenses/",
            "license-add": "/clinic/licenses/add/",
            "license-verify": f"/clinic/licenses/{license.code}/verify/",
            "license-status": f"/clinic/licenses/{license.code}/status/",
            "clinicians": "/clinic/clinicians/",
            "clinician-add": "/clinic/clinicians/add/",
            "clinician-edit": f"/clinic/clinicians/{demo.bello.code}/",
            "visit-types": "/clinic/visit-types/",
            "visit-type-add": "/clinic/visit-types/add/",
        },
    )
    dana.goes_to("/clinic/licenses/add/")
    dana.page.locator("input[name=issued_on]").fill("2030-01-01")
    dana.page.locator("input[name=expires_on]").fill("2020-01-01")
    dana.submits()
    album.take(dana, "license-add-errors")


def test_staff_without_a_second_factor(
    album: Album, comes_in: Comes, behind: Behind, demo: Demo
) -> None:
    def hire() -> User:
        user = world.make_clinician(demo.clinic, "Dr. Ines Duarte").user
        Authenticator.objects.filter(user=user).delete()
        return user

    ines = comes_in(behind(hire))
    shows(album, ines, {"second-factor": "/queue/"})


# --- the database is away ---


def test_the_database_is_away(album: Album, arrive: Comes, demo: Demo) -> None:
    guest = arrive("A visitor")
    with database_away():
        guest.goes_to("/accounts/login/")
        album.take(guest, "503")
    guest.complaints.clear()  # the answer is a 503, and the browser says so


@contextmanager
def database_away() -> Iterator[None]:
    database = settings.DATABASES["default"]
    where = f"postgresql://{database['USER']}@/postgres?host={database['HOST']}"
    with psycopg.connect(where, autocommit=True) as door:
        name = database["NAME"]
        door.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        door.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        try:
            yield
        finally:
            door.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
