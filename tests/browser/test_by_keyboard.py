"""The path without a mouse, and on a small window or at twice the size: nothing is out of reach."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import Clinician, Patient
from tests import world
from tests.browser.person import Person
from visits.models import Note, Visit, VisitType

Behind = Callable[..., Any]
Comes = Callable[..., Person]

A_DAY = timedelta(days=1)
TWICE_THE_SIZE = {"width": 640, "height": 450}  # what is left of 1280 × 900


class Keys:
    """Somebody without a mouse."""

    def __init__(self, person: Person) -> None:
        self.person, self.page = person, person.page

    def types(self, target: Locator, text: str) -> None:
        self.person.tabs_to(target)
        self.page.keyboard.type(text)

    def gives(self, target: Locator, text: str) -> None:
        """The last box of a form."""
        self.types(target, text)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def presses(self, target: Locator, key: str = "Enter") -> None:
        self.person.tabs_to(target)
        self.page.keyboard.press(key)

    def goes(self, target: Locator) -> None:
        """By a link or a button that leads to another page."""
        with self.page.expect_navigation():
            self.presses(target)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name).first

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=name).first

    def chooses(self, name: str, value: str) -> None:
        """One of a group of radio buttons, with the arrows."""
        group = self.page.locator(f"input[name={name}]")
        checked = self.page.locator(f"input[name={name}]:checked")
        self.person.tabs_to(checked if checked.count() else group.first)
        self.page.keyboard.press("Space")
        wanted = self.page.locator(f"input[name={name}][value={value}]")
        for _ in range(group.count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {value}")

    def signs_in(self, email: str) -> None:
        self.types(self.page.locator("input[name=login]"), email)
        self.gives(self.page.locator("input[name=password]"), world.PASSPHRASE)


def test_a_patient_books_by_keyboard_alone(
    arrive: Comes, ada: Patient, bello: Clinician, visit_type: VisitType
) -> None:
    person = arrive("Ada")
    keys, page = Keys(person), person.page
    person.goes_to("/accounts/login/")
    keys.signs_in(ada.user.email)
    expect(page).to_have_url(re.compile("/home/patient/"))

    keys.goes(page.locator("main a[href='/intakes/new/']").first)
    keys.goes(keys.button("Next"))
    keys.types(page.locator("textarea[name=reason]"), "A runny nose for three days.")
    keys.chooses("pregnancy", "no")
    keys.goes(keys.button("Next"))
    keys.presses(page.get_by_label("None of these warning signs"), "Space")
    keys.goes(keys.button("Next"))
    for none in ("no health conditions", "no medicines", "no allergies"):
        keys.presses(page.get_by_label(re.compile(none)), "Space")
    keys.goes(keys.button("Next"))
    keys.goes(keys.link("Choose a time"))
    keys.goes(page.locator("form.slots button[name=starts_at]").first)
    keys.goes(keys.button("Book this visit"))
    person.sees("Your visit is booked")


def test_a_clinician_admits_writes_and_signs_by_keyboard_alone(
    arrive: Comes, bello: Clinician, waiting: Visit, behind: Behind
) -> None:
    person = arrive("Dr. Bello")
    keys, page = Keys(person), person.page
    person.goes_to("/accounts/login/")
    keys.signs_in(bello.user.email)
    keys.gives(page.locator("input[name=code]").first, person.code())
    expect(page).to_have_url(re.compile("/queue/"))

    keys.goes(keys.button("Admit"))
    expect(page).to_have_url(re.compile("/chart/"))
    keys.types(page.get_by_label("Assessment").first, "A common cold.")
    keys.types(page.get_by_label("Plan").first, "Rest and fluids.")
    keys.chooses("outcome", "advice")
    keys.goes(keys.button("Finish the visit"))
    keys.goes(keys.link("Review and sign"))
    keys.gives(page.locator("input[name=password]"), world.PASSPHRASE)
    keys.goes(keys.button("Sign as"))
    person.sees("The note is signed")
    note = behind(Note.objects.get)
    assert (note.is_signed, note.plan) == (True, "Rest and fluids.")


# --- At twice the size ---


def fits(person: Person, path: str) -> None:
    person.goes_to(path)
    over = person.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert over <= 0, f"{path} is {over} px wider than the window"


def test_at_twice_the_size_nothing_of_the_patients_pages_is_out_of_reach(
    arrive: Comes,
    comes_in: Comes,
    ada: Patient,
    booked: Visit,
    bello: Clinician,
    visit_type: VisitType,
    behind: Behind,
) -> None:
    guest = arrive("A visitor", viewport=TWICE_THE_SIZE)
    for path in ("/", "/accounts/login/", "/accounts/signup/"):
        fits(guest, path)

    person = comes_in(ada, viewport=TWICE_THE_SIZE)
    need = behind(world.make_intake, ada)
    steps = [f"/intakes/{need.code}/{step}/" for step in ("reason", "safety", "history", "result")]
    for path in ("/home/patient/", "/profile/", "/intakes/new/", *steps):
        fits(person, path)
    fits(person, f"/intakes/{need.code}/times/")
    held = behind(world.hold, need, bello, visit_type, starts_at=world.next_slot(after=A_DAY))
    visit = f"/visits/{booked.code}/"
    for path in (f"/visits/{held.code}/confirm/", visit, f"{visit}check-in/", "/practice/"):
        fits(person, path)
    behind(world.wait, booked)
    fits(person, f"{visit}room/")


@pytest.mark.parametrize("status", ["waiting", "in_progress", "completed"])
def test_at_twice_the_size_nothing_of_the_clinicians_pages_is_out_of_reach(
    comes_in: Comes, bello: Clinician, booked: Visit, behind: Behind, status: str
) -> None:
    person = comes_in(bello, viewport=TWICE_THE_SIZE)
    reach = {"waiting": world.wait, "in_progress": world.start, "completed": world.end}
    behind(reach[status], booked)
    for path in ("/queue/", f"/visits/{booked.code}/chart/", "/schedule/"):
        fits(person, path)
