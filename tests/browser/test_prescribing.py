"""A prescription in a real browser: written beside the call, signed in a tab of its own, read."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Patient
from prescriptions import writing
from prescriptions.models import Prescription
from tests.browser.person import Person
from tests.prescriptions.test_writing import AMOXICILLIN
from triage.models import HistoryEntry
from visits.models import Visit

Behind = Callable[..., Any]
Comes = Callable[..., Person]


def remembers(page: Page) -> None:
    """Leaves a mark that a reload of the page would lose, as it would lose the call."""
    page.evaluate("window.stillHere = true")


def is_still_there(page: Page) -> bool:
    return bool(page.evaluate("window.stillHere === true"))


def finds(desk: Person, typed: str, medicine: str) -> None:
    desk.page.get_by_role("link", name="New prescription").click()
    desk.page.get_by_label("Which medicine?").press_sequentially(typed)
    desk.page.get_by_role("button", name=medicine, exact=True).click()


def has_allergy(visit: Visit, name: str) -> None:
    patient = visit.patient
    HistoryEntry.objects.create(patient=patient, kind="allergy", name=name, added_by=patient.user)


def in_a_new_tab(desk: Person, link: str) -> Person:
    with desk.page.context.expect_page() as opened:
        desk.page.get_by_role("link", name=link).first.click()
    return Person(desk.name, opened.value, desk.server)


def test_it_is_written_beside_the_call_and_signed_in_another_tab(
    desk: Person, in_progress: Visit, behind: Behind
) -> None:
    behind(has_allergy, in_progress, "the pink stuff")
    page = desk.page
    desk.goes_to(f"/visits/{in_progress.code}/chart/")
    remembers(page)

    finds(desk, "amoxi", "amoxicillin")
    desk.sees("read it yourself: “the pink stuff”")
    desk.page_is_accessible()
    page.get_by_label("Strength and form").select_option("capsule|500 mg")
    page.get_by_label("Directions for the patient").fill(AMOXICILLIN["directions"])
    page.get_by_label("Quantity").fill("30")
    page.get_by_label("Why it is right all the same").fill("That was a syrup's flavor.")
    page.get_by_label("Refills").fill("2")
    page.get_by_label("Refills").blur()
    # The check was made anew, and what was typed while it was made stayed.
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("Why it is right all the same")).to_have_value(
        "That was a syrup's flavor."
    )
    desk.presses("Save the draft")
    desk.sees("amoxicillin 500 mg capsule")
    desk.sees("The draft is saved. It is not signed yet.")
    desk.page_is_accessible()

    tab = in_a_new_tab(desk, "Review and sign")
    tab.proves_identity()
    tab.sees("30 (thirty)")
    tab.sees("That was a syrup's flavor.")
    tab.page_is_accessible()
    tab.presses("Sign as Dr. Amara Bello")
    tab.sees("Verification code")
    tab.page_is_accessible()
    tab.must_be_clean()

    signed = page.locator("#prescription-rows .badge", has_text="Signed")
    expect(signed).to_be_visible(timeout=3_000)
    expect(page.get_by_text("It is not signed yet.")).to_have_count(0)
    assert is_still_there(page)
    assert behind(Prescription.objects.get).findings


def test_a_stop_is_in_view_before_and_after_it_is_saved(
    desk: Person, in_progress: Visit, behind: Behind
) -> None:
    behind(has_allergy, in_progress, "penicillin")
    page = desk.page
    desk.goes_to(f"/visits/{in_progress.code}/chart/")

    finds(desk, "amoxi", "amoxicillin")
    stop = page.get_by_text("The patient is allergic to penicillin")
    expect(stop).to_be_in_viewport()
    page.get_by_label("Strength and form").select_option("capsule|500 mg")
    page.get_by_label("Directions for the patient").fill(AMOXICILLIN["directions"])
    page.get_by_label("Quantity").fill("30")
    desk.presses("Save the draft")

    word = page.get_by_role("alert").filter(has_text="The draft is saved, but")
    expect(word).to_be_in_viewport()
    expect(word).to_be_focused()
    expect(word).to_contain_text("The patient is allergic to penicillin")
    expect(page.get_by_role("link", name="Review and sign")).to_have_count(0)
    desk.page_is_accessible()


def test_a_check_that_comes_late_takes_no_words_away(
    desk: Person, in_progress: Visit, behind: Behind
) -> None:
    behind(has_allergy, in_progress, "the pink stuff")
    page, held = desk.page, []
    desk.goes_to(f"/visits/{in_progress.code}/chart/")
    finds(desk, "amoxi", "amoxicillin")
    reason = page.get_by_label("Why it is right all the same")

    def hold(route: Route) -> None:
        is_check = "step=check" in (route.request.post_data or "")
        held.append(route) if is_check else route.continue_()

    page.route("**/prescriptions/new/", hold)
    page.get_by_label("Strength and form").select_option("capsule|500 mg")
    reason.press_sequentially("That was a ")
    with page.expect_response("**/prescriptions/new/"):
        held[0].continue_()
    page.wait_for_function("!document.querySelector('#safety.htmx-request')")
    reason.press_sequentially("syrup's flavor.")

    expect(reason).to_have_value("That was a syrup's flavor.")


def test_a_wrong_order_says_so_in_the_panel_and_keeps_what_was_typed(
    desk: Person, in_progress: Visit, behind: Behind
) -> None:
    page = desk.page
    desk.goes_to(f"/visits/{in_progress.code}/chart/")
    remembers(page)

    finds(desk, "zithro", "azithromycin")
    page.get_by_label("Directions for the patient").fill("As told.")
    page.get_by_label("Quantity").fill("0")
    # As when a box was made larger by hand: the content policy lets no copy of it in.
    page.get_by_label("Quantity").evaluate("box => { box.style.width = '9rem'; }")
    desk.presses("Save the draft")

    desk.sees("Please check what you entered")
    expect(page.get_by_label("Directions for the patient")).to_have_value("As told.")
    desk.page_is_accessible()
    assert is_still_there(page)
    assert not behind(Prescription.objects.exists)
    desk.presses("Close")
    expect(page.get_by_label("Quantity")).to_have_count(0)


def test_a_draft_is_changed_and_thrown_away_without_leaving(
    desk: Person, in_progress: Visit, behind: Behind
) -> None:
    behind(writing.draft, in_progress, **AMOXICILLIN, by=in_progress.clinician.user)
    page = desk.page
    desk.goes_to(f"/visits/{in_progress.code}/chart/")
    remembers(page)

    page.get_by_role("link", name="Change amoxicillin").click()
    page.get_by_label("Quantity").fill("21")
    desk.presses("Save the draft")
    expect(page.locator("#prescription-rows")).to_contain_text("21, no refills")

    desk.presses("Throw away")
    desk.sees("None in this visit.")
    assert is_still_there(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["with a script", "without"])
def test_the_desk_works_as_a_page(
    comes_in: Comes, bello: Any, in_progress: Visit, behind: Behind, *, javascript: bool
) -> None:
    person = comes_in(bello, phone=True, java_script_enabled=javascript)
    page = person.page
    person.goes_to(f"/visits/{in_progress.code}/prescriptions/new/")

    page.get_by_label("Which medicine?").fill("amoxicil")
    person.presses("Find")
    page.get_by_role("button", name="amoxicillin", exact=True).click()
    if javascript:
        person.page_is_accessible()
    else:
        page.get_by_label("Quantity").fill("30")
        person.presses("Check again")
        expect(page.get_by_label("Quantity")).to_have_value("30")
    page.get_by_label("Strength and form").select_option("capsule|500 mg")
    page.get_by_label("Directions for the patient").fill(AMOXICILLIN["directions"])
    page.get_by_label("Quantity").fill("30")
    person.presses("Save the draft")

    page.wait_for_url("**/chart/#prescriptions")
    assert behind(Prescription.objects.get).quantity == 30


def test_the_patient_reads_it_on_a_phone(
    comes_in: Comes, ada: Patient, in_progress: Visit, behind: Behind
) -> None:
    by = in_progress.clinician.user
    drafted = behind(writing.draft, in_progress, **AMOXICILLIN, by=by)
    behind(writing.sign, drafted, by=by)
    phone = comes_in(ada, phone=True)

    phone.goes_to(f"/visits/{in_progress.code}/summary/")
    phone.page_is_accessible()
    phone.follows("Open the prescription")
    phone.sees("How to use it")
    phone.page_is_accessible()
    pdf = phone.page.request.get(f"/prescriptions/{drafted.code}/prescription.pdf")
    assert pdf.body().startswith(b"%PDF")

    behind(writing.cancel, drafted, reason="The wrong strength.", by=by)
    phone.page.reload()
    phone.sees("Cancelled: do not use or fill")
    phone.page_is_accessible()
