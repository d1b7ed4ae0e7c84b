"""The whole visit, as Ada and Dr. Bello meet it: from sign-up to signed note and summary."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Clinician
from tests import world
from tests.browser.person import Person
from visits.models import Note, Visit, VisitEvent


@pytest.fixture
def clinic_open(behind) -> Clinician:
    """Harbor Clinic with Dr. Bello on duty around the clock."""

    def open_it() -> Clinician:
        clinic = world.make_clinic()
        world.make_visit_type(clinic, minutes=10)
        return world.make_clinician(clinic, "Dr. Amara Bello")

    return behind(open_it)


def sign_up(ada: Person, latest_mail) -> None:
    ada.goes_to("/")
    ada.page_is_accessible()
    ada.follows("Get started")
    ada.page_is_accessible()
    ada.page.locator("input[name=email]").fill("ada.rivera@example.com")
    ada.page.locator("input[name=password1]").fill("a boat in the morning")
    ada.submits()
    code = re.findall(r"^\s*([A-Z0-9-]{6,9})\s*$", latest_mail(), re.MULTILINE)[-1]
    ada.page_is_accessible()
    ada.page.locator("input[name=code]").fill(code)
    ada.submits()
    expect(ada.page).to_have_url(re.compile("/profile/"))


def tell_about_herself(ada: Person) -> None:
    ada.page_is_accessible()
    ada.types("Full name", "Ada Rivera")
    ada.types("Date of birth", "1988-05-04")
    ada.page.get_by_text("Female", exact=True).click()
    ada.types("Phone", "512-555-0142")
    ada.types("Street", "12 Elm Street")
    ada.types("City", "Austin")
    ada.page.locator("select[name=state]").select_option("TX")
    ada.types("ZIP", "78702")
    ada.page.locator("select[name=time_zone]").select_option("America/Chicago")
    ada.submits()
    expect(ada.page).to_have_url(re.compile("/home/patient/"))
    ada.page_is_accessible()


def say_what_is_wrong(ada: Person) -> None:
    ada.page.locator("a[href='/intakes/new/']").first.click()
    ada.page_is_accessible()
    ada.presses("Next")
    ada.page.locator("textarea[name=reason]").fill("A runny nose and a mild cough for three days.")
    ada.page.get_by_text("No", exact=True).click()
    ada.page_is_accessible()
    ada.presses("Next")
    ada.page_is_accessible()
    ada.page.get_by_text("None of these warning signs").click()
    ada.presses("Next")
    ada.page.locator("textarea[name=medicine]").fill("lisinopril 10 mg")
    ada.page.locator("textarea[name=allergy]").fill("penicillin")
    ada.page.get_by_text("I have no health conditions").click()
    ada.page_is_accessible()
    ada.presses("Next")
    ada.page_is_accessible()


def book(ada: Person) -> None:
    ada.follows("Choose a time")
    ada.page_is_accessible()
    ada.page.locator("form.slots button[name=starts_at]").first.click()
    ada.page_is_accessible()
    ada.presses("Book this visit")
    ada.sees("Dr. Amara Bello")
    ada.page_is_accessible()


def check_in(ada: Person) -> None:
    ada.page.get_by_role("link", name="Check in").first.click()
    ada.page_is_accessible()
    ada.page.locator("select[name=place]").select_option("TX")
    for box in ada.page.locator("main input[type=checkbox]").all():
        box.check(force=True)
    ada.submits()
    expect(ada.page).to_have_url(re.compile("/room/"))
    ada.presses("I’m ready")
    ada.sees("knows you are here")
    ada.page_is_accessible()


def test_from_sign_up_to_signed_note_and_summary(arrive, behind, clinic_open, latest_mail):
    ada = arrive("Ada", phone=True)
    sign_up(ada, latest_mail)
    tell_about_herself(ada)
    say_what_is_wrong(ada)
    book(ada)
    visit = behind(Visit.objects.get)

    bello = arrive("Dr. Bello")
    bello.signs_in(clinic_open.user)
    expect(bello.page).to_have_url(re.compile("/queue/"))
    check_in(ada)

    # Her queue shows it by itself, and a third person finds no way in.
    bello.sees("Ada Rivera", within=5)
    bello.sees("A runny nose")
    bello.page_is_accessible()
    zed = arrive("Zed")
    zed.signs_in(behind(world.make_patient, clinic_open.clinic, "Zed Stranger").user)
    for path in ("room/", "chart/", "summary/", ""):
        answer = zed.page.request.get(f"/visits/{visit.code}/{path}")
        assert answer.status in (403, 404)
    assert zed.page.request.get(f"/visits/{visit.code}/room/").status == 404

    bello.follows("Open chart")
    bello.page_is_accessible()
    bello.presses("Admit")
    for person in (ada, bello):
        reading = person.until_call_flows()
        assert reading["frames"] > 5
        assert reading["audioEnergy"] > 0
        person.page_is_accessible()

    write_note(bello)
    bello.page.get_by_text("Prescription", exact=True).first.click()
    bello.presses("Finish the visit")
    ada.sees("Your visit is over", within=5)

    sign(bello)
    note = behind(Note.objects.get)
    assert note.is_signed
    assert note.plan == "Rest, fluids, honey for the cough."

    ada.page.reload()
    ada.follows("See the summary")
    ada.sees("honey for the cough")
    ada.page_is_accessible()
    pdf = ada.page.request.get(f"/visits/{visit.code}/summary.pdf")
    assert pdf.status == 200
    assert pdf.body().startswith(b"%PDF")
    statuses = behind(lambda: list(VisitEvent.objects.values_list("to_status", flat=True)))
    assert statuses == ["held", "booked", "checked_in", "waiting", "in_progress", "completed"]


def write_note(bello: Person) -> None:
    bello.types("Subjective", "Three days of runny nose and mild cough.")
    bello.types("Objective", "Looks well. Speaks in full sentences.")
    bello.types("Assessment", "Common cold.")
    bello.types("Plan", "Rest, fluids, honey for the cough.")
    bello.types("What the patient should know", "Rest and drink. Take honey for the cough.")
    bello.sees("Saved", within=6)


def sign(bello: Person) -> None:
    bello.follows("Review and sign")
    bello.page_is_accessible()
    bello.proves_identity()
    bello.page_is_accessible()
    bello.presses("Sign as")
    bello.page.wait_for_load_state()
