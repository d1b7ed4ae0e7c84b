"""The intake: page by page, and an emergency that no later answer can undo."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests import world
from triage import intakes
from triage.models import Answer, FiredFlag, HistoryEntry, Intake

HERE = {"place": "TX", "street": "12 Elm Street", "city": "Austin", "phone": "512-555-0142"}
NOTHING = {"none": "on"}
HEALTHY = {"no_medicine": "on", "no_allergy": "on", "no_condition": "on"}


@pytest.fixture
def browser(ada, signed_in):
    return signed_in(ada)


@pytest.fixture
def begun(ada) -> Intake:
    return intakes.start(ada, by=ada.user, **HERE)


def url(name: str, intake: Intake) -> str:
    return reverse(name, args=[intake.code])


def test_a_patient_with_a_cold_goes_from_place_to_choosing_a_time(browser, ada):
    answer = browser.post(reverse("start_intake"), HERE)
    intake = Intake.objects.get()
    assert answer.url == url("intake_reason", intake)
    said = {"reason": "A runny nose for three days.", "pregnancy": "no"}
    assert browser.post(answer.url, said).url == url("intake_safety", intake)
    answer = browser.post(url("intake_safety", intake), NOTHING)
    assert answer.url == url("intake_history", intake)
    answer = browser.post(answer.url, HEALTHY | {"no_medicine": "", "medicine": "lisinopril 10 mg"})
    assert answer.url == url("intake_result", intake)
    page = browser.get(answer.url).content.decode()
    assert reverse("find_time", args=[intake.code]) in page
    assert intakes.history_of(ada)["medicine"] == ["lisinopril 10 mg"]


def test_an_emergency_in_the_patients_own_words_stops_at_once(browser, begun):
    said = {"reason": "Crushing chest pain going down my left arm, sweating", "pregnancy": "no"}
    answer = browser.post(url("intake_reason", begun), said)
    assert answer.url == url("emergency", begun)
    page = browser.get(answer.url).content.decode()
    assert "tel:911" in page
    assert "12 Elm Street" in page


def test_an_emergency_in_spanish_stops_too(browser, begun):
    said = {"reason": "Mi esposo no puede respirar y tiene los labios azules", "pregnancy": "no"}
    assert browser.post(url("intake_reason", begun), said).url == url("emergency", begun)


def test_a_ticked_red_flag_stops_the_booking(browser, begun):
    answer = browser.post(url("intake_safety", begun), {"yes": ["RF001"]})
    assert answer.url == url("emergency", begun)


def test_something_for_today_in_person_offers_no_time(browser, begun):
    browser.post(url("intake_reason", begun), {"reason": "My back hurts", "pregnancy": "no"})
    browser.post(url("intake_safety", begun), {"yes": ["RF021"]})
    browser.post(url("intake_history", begun), HEALTHY)
    page = browser.get(url("intake_result", begun)).content.decode()
    assert reverse("find_time", args=[begun.code]) not in page


@pytest.fixture
def emergency(begun, ada) -> Intake:
    return intakes.answer(begun, answers={"RF001": True}, by=ada.user)


@pytest.mark.parametrize(
    "name", ["intake_place", "intake_reason", "intake_safety", "intake_history", "intake_result"]
)
def test_after_an_emergency_every_page_leads_back_to_it(browser, emergency, name):
    assert browser.get(url(name, emergency)).url == url("emergency", emergency)
    assert browser.post(url(name, emergency), NOTHING).url == url("emergency", emergency)


def test_later_answers_cannot_undo_an_emergency(emergency, ada):
    with pytest.raises(intakes.EmergencyStands):
        intakes.answer(emergency, answers={"RF001": False}, by=ada.user)
    with pytest.raises(intakes.EmergencyStands):
        intakes.complete(emergency, history={}, by=ada.user)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE triage_intake SET emergency_at = NULL",
        "UPDATE triage_intake SET urgency = 'video_suits', emergency_at = NULL",
        "UPDATE triage_intake SET completed_at = now()",
        "DELETE FROM triage_firedflag",
        "UPDATE triage_firedflag SET urgency = 'self_care'",
        "DELETE FROM triage_answer",
        "UPDATE triage_answer SET value = 'no'",
    ],
)
def test_the_database_keeps_an_emergency(emergency, run_sql, sql):
    with pytest.raises(IntegrityError), transaction.atomic():
        run_sql(sql)


def test_a_new_intake_right_after_an_emergency_shows_what_to_do(browser, emergency):
    assert browser.get(reverse("start_intake")).url == url("emergency", emergency)
    with pytest.raises(intakes.EmergencyStands):
        intakes.start(emergency.patient, by=emergency.started_by, **HERE)


def test_two_hours_later_a_new_intake_is_possible(ada, clock):
    begun = intakes.start(ada, by=ada.user, **HERE)
    intakes.answer(begun, answers={"RF001": True}, by=ada.user)
    clock.move(hours=2, minutes=1)
    assert intakes.start(ada, by=ada.user, **HERE)


def test_a_flag_stays_fired_when_the_box_is_unticked_again(begun, ada):
    intakes.answer(begun, answers={"RF021": True}, by=ada.user)
    again = intakes.answer(begun, answers={"RF021": False}, by=ada.user)
    assert again.urgency == "urgent_in_person"
    assert Answer.objects.filter(question="RF021").count() == 2
    assert FiredFlag.objects.filter(flag="RF021").exists()


def test_every_question_that_was_put_has_an_answer(browser, begun):
    browser.post(url("intake_safety", begun), NOTHING)
    asked = {question.id for question in intakes.questions_for(begun)}
    assert set(begun.answers.values_list("question", flat=True)) == asked
    assert len(asked) > 40


def test_a_man_is_not_asked_about_pregnancy(clinic, signed_in):
    bob = world.make_patient(clinic, "Bob Marsh", sex="male")
    begun = intakes.start(bob, by=bob.user, **HERE)
    page = signed_in(bob).get(url("intake_safety", begun)).content.decode()
    assert "RF001" in page
    assert "RF030" not in page
    assert (
        "Are you pregnant?" not in signed_in(bob).get(url("intake_reason", begun)).content.decode()
    )


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("intake_place", HERE | {"place": ""}, "required"),
        ("intake_place", HERE | {"place": "ZZ"}, "not one of the available choices"),
        ("intake_place", HERE | {"street": ""}, "required"),
        ("intake_place", HERE | {"phone": "call me"}, "Enter a phone number"),
        ("intake_place", HERE | {"city": "x" * 101}, "at most 100"),
        ("intake_reason", {"reason": "", "pregnancy": "no"}, "required"),
        ("intake_reason", {"reason": "x" * 4001, "pregnancy": "no"}, "at most 4000"),
        ("intake_reason", {"reason": "Sore throat", "pregnancy": "maybe"}, "not one of"),
        ("intake_safety", {}, "If nothing is, tick"),
        ("intake_safety", {"yes": ["RF001"], "none": "on"}, "keep one of them"),
        ("intake_safety", {"yes": ["RF999"]}, "questions on this page"),
        ("intake_history", {}, "Write them down, or tick"),
        ("intake_history", HEALTHY | {"allergy": "penicillin"}, "Keep one of the two"),
        ("intake_history", HEALTHY | {"no_allergy": "", "allergy": "x" * 201}, "short lines"),
    ],
)
def test_a_wrong_answer_gets_a_sentence_and_keeps_what_was_typed(
    browser, begun, name, data, sentence
):
    answer = browser.post(url(name, begun), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    typed = [value for value in data.values() if isinstance(value, str) and 3 < len(value) < 50]
    assert all(value in page for value in typed if value not in ("maybe", "on"))


def test_an_empty_allergy_list_is_said_to_be_empty_not_assumed(browser, begun, ada):
    browser.post(url("intake_reason", begun), {"reason": "Sore throat", "pregnancy": "no"})
    browser.post(url("intake_safety", begun), NOTHING)
    browser.post(url("intake_history", begun), HEALTHY)
    assert begun.reviews.get(kind=HistoryEntry.Kind.ALLERGY).said_none


def test_a_removed_entry_is_ended_not_deleted(ada):
    kind = HistoryEntry.Kind.ALLERGY
    intakes.set_history(ada, {kind: ["penicillin", "latex"]}, by=ada.user)
    intakes.set_history(ada, {kind: ["latex"]}, by=ada.user)
    assert intakes.history_of(ada)["allergy"] == ["latex"]
    assert ada.history.count() == 2


def test_the_words_of_a_patient_are_unreadable_in_the_database(browser, begun, run_sql):
    browser.post(url("intake_reason", begun), {"reason": "A sore throat", "pregnancy": "no"})
    [(reason, street)] = run_sql("SELECT reason, street FROM triage_intake")
    assert "throat" not in reason
    assert "Elm" not in street


def test_an_unfinished_intake_can_be_gone_on_with(browser, begun):
    assert url("intake_reason", begun) in browser.get(reverse("start_intake")).content.decode()


def test_the_intake_of_somebody_else_does_not_exist(begun, zed, signed_in):
    for name in ("intake_reason", "intake_safety", "intake_result", "emergency"):
        assert signed_in(zed).get(url(name, begun)).status_code == 404


def test_a_complete_intake_is_not_answered_again(intake, ada):
    with pytest.raises(intakes.AlreadyComplete):
        intakes.tell_reason(intake, reason="other", pregnancy="no", by=ada.user)


def test_the_home_page_says_that_an_emergency_still_stands(browser, emergency):
    page = browser.get(reverse("patient_home")).content.decode()
    assert url("emergency", emergency) in page


def test_the_home_page_leads_back_to_an_unfinished_intake(browser, begun):
    assert url("intake_reason", begun) in browser.get(reverse("patient_home")).content.decode()
