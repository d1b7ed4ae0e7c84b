"""The clinician's screen in a real browser: live rows, a note that saves itself, one long call."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from accounts.models import Clinician, Patient
from tests import world
from tests.browser.person import Person
from visits import lifecycle, signing
from visits.models import Note, Visit

Behind = Callable[..., Any]
Comes = Callable[..., Person]


def chart_of(person: Person, visit: Visit) -> Page:
    person.goes_to(f"/visits/{visit.code}/chart/")
    return person.page


def plan_of(page: Page) -> Any:
    return page.get_by_label("Plan").first


def test_the_queue_learns_of_an_arrival_by_itself(
    desk: Person, booked: Visit, behind: Behind
) -> None:
    desk.goes_to("/queue/")
    desk.sees("Booked today")
    desk.page_is_accessible()
    desk.page.get_by_role("link", name="Open chart").focus()

    behind(world.wait, booked)

    expect(desk.page.get_by_role("button", name="Admit")).to_be_visible(timeout=2_000)
    # The focus stayed where it was, on an element that was drawn anew.
    focused = desk.page.evaluate("document.activeElement.getAttribute('data-key')")
    assert focused == f"chart-{booked.code}"
    desk.page_is_accessible()


def test_an_empty_queue_is_accessible(desk: Person) -> None:
    desk.goes_to("/queue/")
    desk.sees("Nothing for today")
    desk.page_is_accessible()


def test_a_note_saves_itself_when_the_writer_rests(
    desk: Person, in_progress: Visit, behind: Behind
) -> None:
    page = chart_of(desk, in_progress)

    plan_of(page).press_sequentially("Rest and fluids.")
    expect(page.locator("[data-save=said]")).to_contain_text("Saved", timeout=4_000)

    assert behind(Note.objects.get).plan == "Rest and fluids."
    desk.page_is_accessible()


def test_leaving_a_box_saves_at_once(desk: Person, in_progress: Visit, behind: Behind) -> None:
    page = chart_of(desk, in_progress)

    plan_of(page).fill("Rest.")
    with page.expect_response("**/note/"):
        plan_of(page).press("Tab")

    assert behind(Note.objects.get).plan == "Rest."


def test_a_note_that_could_not_be_sent_says_so_and_is_tried_again(
    desk: Person, in_progress: Visit, behind: Behind
) -> None:
    page = chart_of(desk, in_progress)
    said = page.locator("[data-save=said]")

    def lose(route: Route) -> None:
        route.abort()

    page.route("**/note/", lose)
    plan_of(page).fill("Rest.")
    plan_of(page).press("Tab")
    expect(said).to_contain_text("Not saved — trying again")
    plan_of(page).fill("Rest and fluids.")
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Rest" not in stored
    page.unroute("**/note/", lose)

    expect(said).to_contain_text("Saved", timeout=10_000)
    page.wait_for_timeout(2_500)
    note = behind(Note.objects.get)
    assert note.plan == "Rest and fluids."
    desk.complaints[:] = [each for each in desk.complaints if "ERR_FAILED" not in each]


def test_an_answer_that_was_lost_is_no_conflict(
    desk: Person, in_progress: Visit, behind: Behind
) -> None:
    page = chart_of(desk, in_progress)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/note/", lose_the_answer, times=1)
    plan_of(page).fill("Rest.")
    plan_of(page).press("Tab")
    expect(page.locator("[data-save=said]")).to_contain_text("Not saved")
    plan_of(page).fill("Rest and fluids.")

    expect(page.locator("[data-save=said]")).to_contain_text("Saved", timeout=10_000)
    page.wait_for_timeout(2_500)
    assert behind(Note.objects.get).plan == "Rest and fluids."
    expect(page.locator("[data-keep]")).to_have_count(0)
    desk.complaints[:] = [each for each in desk.complaints if "ERR_FAILED" not in each]


@pytest.mark.parametrize(
    ("button", "kept"), [("Keep what is in the boxes", "Mine."), ("Take what was saved", "Theirs.")]
)
def test_two_tabs_lose_nothing_and_the_writer_decides(
    desk: Person, in_progress: Visit, behind: Behind, button: str, kept: str
) -> None:
    page = chart_of(desk, in_progress)
    user = in_progress.clinician.user
    note = behind(signing.open_note, in_progress, by=user)
    behind(signing.save, note, parts={"plan": "Theirs."}, version=0, by=user)

    plan_of(page).fill("Mine.")
    plan_of(page).press("Tab")
    desk.sees("This note was changed on another page")
    expect(plan_of(page)).to_have_value("Mine.")
    expect(page.locator("[data-part=plan]")).to_have_text("Theirs.")
    desk.page_is_accessible()
    page.get_by_text(button).click()

    expect(plan_of(page)).to_have_value(kept)
    expect(page.locator("[data-keep]")).to_have_count(0)
    page.wait_for_timeout(1_000)
    assert behind(Note.objects.get).plan == kept


def test_the_browser_warns_before_words_are_lost(desk: Person, in_progress: Visit) -> None:
    page = chart_of(desk, in_progress)
    page.route("**/note/", lambda route: route.abort())
    plan_of(page).press_sequentially("Rest.")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))

    page.reload()

    assert asked == ["beforeunload"]
    desk.complaints.clear()  # the aborted requests


def test_finishing_the_visit_takes_the_last_words_along(
    desk: Person, in_progress: Visit, behind: Behind
) -> None:
    page = chart_of(desk, in_progress)
    plan_of(page).fill("Rest.")
    page.get_by_label("Advice").check()
    plan_of(page).fill("Rest and fluids.")
    page.get_by_role("button", name="Finish the visit").click()

    desk.sees("Review and sign")
    expect(plan_of(page)).to_have_value("Rest and fluids.")
    assert behind(Note.objects.get).plan == "Rest and fluids."


def test_the_waiting_room_turns_into_the_call_and_ends_in_the_summary(
    comes_in: Comes, desk: Person, booked: Visit, ada: Patient, behind: Behind
) -> None:
    behind(world.check_in, booked)
    phone = comes_in(ada, phone=True)
    phone.goes_to(f"/visits/{booked.code}/room/")
    phone.page_is_accessible()
    phone.page.evaluate("window.same = true")
    phone.presses("I’m ready")
    phone.sees("knows you are here")
    phone.page_is_accessible()

    page = chart_of(desk, booked)
    page.get_by_role("button", name="Admit").click()
    desk.until_call_flows()
    phone.until_call_flows()
    assert phone.page.evaluate("window.same")
    desk.page_is_accessible()

    plan_of(page).press_sequentially("Rest and fluids.")
    page.get_by_label("Assessment").fill("A common cold.")
    page.get_by_label("What the patient should know").fill("Drink a lot.")
    assert desk.call()["frames"] > 0
    page.get_by_label("Advice").check()
    page.get_by_role("button", name="Finish the visit").click()

    phone.sees("is finishing the note")
    phone.follows("See the summary")
    phone.sees("Your clinician is finishing the note")
    phone.page_is_accessible()
    note = behind(Note.objects.get)
    behind(signing.sign, note, by=booked.clinician.user)
    phone.page.reload()
    phone.sees("Drink a lot.")
    phone.page_is_accessible()


def test_the_waiting_room_says_when_the_visit_is_cancelled(
    comes_in: Comes, waiting: Visit, ada: Patient, behind: Behind
) -> None:
    phone = comes_in(ada, phone=True)
    phone.goes_to(f"/visits/{waiting.code}/room/")
    phone.sees("knows you are here")

    behind(lifecycle.redirect, waiting, by=waiting.clinician.user, reason="emergency")

    phone.sees("You need emergency care now", within=2)
    phone.page_is_accessible()


@pytest.mark.parametrize("phone", [False, True], ids=["computer", "phone"])
def test_the_staff_pages_are_accessible(
    comes_in: Comes, completed: Visit, bello: Clinician, behind: Behind, phone: bool
) -> None:
    person = comes_in(bello, phone=phone)
    for path in ("/queue/", f"/visits/{completed.code}/chart/", "/schedule/"):
        person.goes_to(path)
        person.page_is_accessible()
    user = bello.user
    note = behind(signing.open_note, completed, by=user)
    parts = {"assessment": "A cold.", "plan": "Rest."}
    note = behind(signing.save, note, parts=parts, version=0, by=user)
    behind(signing.sign, note, by=user)
    for path in (f"/visits/{completed.code}/chart/", f"/visits/{completed.code}/summary/"):
        person.goes_to(path)
        person.page_is_accessible()
