"""The pages: who opens what, what is typed is kept, nothing clinical where it must not be."""

import re
import time
from collections.abc import Callable
from html import unescape

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Clinician, Patient, User
from prescriptions import checking, writing
from prescriptions.models import Prescription, Reason
from tests import world
from tests.prescriptions.test_writing import AMOXICILLIN, add, draft, explain, sign
from triage.models import HistoryReview
from visits.models import Visit

ORDER = {
    "step": "save",
    "drug": "amoxicillin",
    "presentation": "capsule|500 mg",
    "quantity": "30",
    "directions": AMOXICILLIN["directions"],
    "refills": "0",
    "pharmacy": "Pier Pharmacy, Austin",
}
HTMX = {"HX-Request": "true"}
OF_ONE = (
    "prescription",
    "prescription_pdf",
    "change_prescription",
    "explain_prescription",
    "sign_prescription",
    "discard_prescription",
    "cancel_prescription",
)
BY_POST = {"explain_prescription", "discard_prescription"}


def prove(client: Client) -> Client:
    """The person behind this browser has just proved who they are once more."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] += [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session.save()
    return client


@pytest.fixture
def desk(bello: Clinician, signed_in: Callable) -> Client:
    return signed_in(bello)


@pytest.fixture
def sofa(ada: Patient, signed_in: Callable) -> Client:
    return signed_in(ada)


def address(name: str, thing: Visit | Prescription) -> str:
    return reverse(name, args=[thing.code])


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def words(answer) -> str:
    return unescape(answer.content.decode())


# --- finding a medicine ---


def test_a_part_of_a_name_lists_medicines(in_progress: Visit, desk: Client) -> None:
    url = address("draft_prescription", in_progress)

    answer = desk.post(url, {"step": "find", "typed": "amox"})

    assert answer.status_code == 200
    assert 'name="drug" value="amoxicillin"' in answer.content.decode()
    assert "<html" in answer.content.decode()


def test_a_brand_name_of_one_medicine_leads_to_it(in_progress: Visit, desk: Client) -> None:
    url = address("draft_prescription", in_progress)

    answer = desk.post(url, {"step": "find", "typed": "Zithromax"})

    assert '<input type="hidden" name="drug" value="azithromycin">' in answer.content.decode()


def test_typing_gets_the_list_alone(in_progress: Visit, desk: Client) -> None:
    url = address("draft_prescription", in_progress)

    answer = desk.post(
        url, {"step": "find", "typed": "amox"}, headers=HTMX | {"HX-Target": "found"}
    )

    assert answer.status_code == 200
    assert "<form" not in answer.content.decode()
    assert 'value="amoxicillin"' in answer.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        {"typed": ""},
        {"typed": "a"},
        {"typed": "x" * 61},
        {"typed": "qqqq"},
        {"typed": "a\x00b"},
        {"drug": "snake oil"},
    ],
    ids=["empty", "one letter", "too long", "unknown", "a null character", "a made-up choice"],
)
def test_no_medicine_is_422_and_says_so(
    in_progress: Visit, desk: Client, typed: dict[str, str]
) -> None:
    answer = desk.post(address("draft_prescription", in_progress), {"step": "find"} | typed)

    assert answer.status_code == 422
    assert "Please check what you entered" in words(answer)


# --- ordering ---


def test_a_medicine_shows_its_strengths_and_its_safety_check(
    in_progress: Visit, desk: Client
) -> None:
    add(in_progress.patient, "allergy", "penicillin", "hives")

    answer = desk.post(address("draft_prescription", in_progress), {"drug": "amoxicillin"})

    page = words(answer)
    assert answer.status_code == 200
    assert 'value="capsule|500 mg"' in page
    assert "<strong>Stop.</strong> The patient is allergic to penicillin" in page
    assert "Nothing found does not mean that it is safe." in page
    assert not Prescription.objects.exists()


def test_saving_makes_a_draft_and_leads_back_to_the_chart(in_progress: Visit, desk: Client) -> None:
    answer = desk.post(address("draft_prescription", in_progress), ORDER)

    assert answer.status_code == 302
    assert answer.url == address("chart", in_progress) + "#prescriptions"
    prescription = Prescription.objects.get()
    for name, value in AMOXICILLIN.items():
        assert getattr(prescription, name) == value
    assert prescription.is_draft


def test_in_the_chart_the_rows_change_and_the_page_stays(in_progress: Visit, desk: Client) -> None:
    answer = desk.post(address("draft_prescription", in_progress), ORDER, headers=HTMX)

    page = words(answer)
    assert answer.status_code == 200
    assert 'id="prescription-rows" hx-swap-oob="innerHTML"' in page
    assert "amoxicillin 500 mg capsule" in page
    assert 'target="_blank"' in page  # the call goes on
    assert "<html" not in page


def test_a_stop_is_said_before_anything_is_typed(in_progress: Visit, desk: Client) -> None:
    add(in_progress.patient, "allergy", "penicillin", "hives")

    page = words(desk.post(address("draft_prescription", in_progress), {"drug": "amoxicillin"}))

    assert page.index("<strong>Stop.</strong>") < page.index('name="presentation"')


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "chart"])
def test_a_stopped_draft_is_saved_and_says_why_it_cannot_be_signed(
    in_progress: Visit, desk: Client, headers: dict[str, str]
) -> None:
    add(in_progress.patient, "allergy", "penicillin")
    url = address("draft_prescription", in_progress)

    page = words(desk.post(url, ORDER, headers=headers, follow=not headers))

    assert "The draft is saved, but the safety check stops it" in page
    assert "The draft is saved. It is not signed yet." not in page
    assert page.count("The patient is allergic to penicillin") == 2  # once in its card
    assert address("sign_prescription", Prescription.objects.get()) not in page


def test_the_word_of_a_saved_draft_goes_with_the_draft(in_progress: Visit, desk: Client) -> None:
    saved = words(desk.post(address("draft_prescription", in_progress), ORDER, headers=HTMX))
    url = re.search(r'hx-get="([^"]*step=saved[^"]*)"', saved)[1]
    prescription = Prescription.objects.get()

    assert desk.get(url, headers=HTMX).status_code == 204

    writing.sign(prescription, by=in_progress.clinician.user)
    gone = desk.get(url, headers=HTMX)
    assert (gone.status_code, gone.content) == (200, b"")


@pytest.mark.parametrize(
    "wrong",
    [
        {"presentation": ""},
        {"presentation": "capsule|5000 mg"},
        {"quantity": ""},
        {"quantity": "0"},
        {"quantity": "1001"},
        {"quantity": "many"},
        {"refills": "-1"},
        {"refills": "12"},
        {"refills": ""},
        {"directions": " "},
        {"directions": "x" * 501},
        {"directions": "a\x00b"},
        {"pharmacy": "x" * 201},
    ],
    ids=str,
)
def test_a_wrong_order_is_422_and_keeps_what_was_typed(
    in_progress: Visit, desk: Client, wrong: dict[str, str]
) -> None:
    typed = ORDER | {"pharmacy": "By the old pier", "directions": "One now, one later."} | wrong

    answer = desk.post(address("draft_prescription", in_progress), typed)

    assert answer.status_code == 422
    kept = "One now, one later." if "directions" not in wrong else "By the old pier"
    assert kept in words(answer)
    assert not Prescription.objects.exists()


def test_the_check_is_made_anew_without_complaining_of_what_is_empty(
    in_progress: Visit, desk: Client
) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    order = Prescription(visit=in_progress, patient=in_progress.patient, **AMOXICILLIN)
    key = checking.key_of(checking.findings_for(order).at("warn")[0])
    typed = {"step": "check", "drug": "amoxicillin", f"reason-{key}": "It was bubble gum."}
    url = address("draft_prescription", in_progress)

    fragment = desk.post(url, typed, headers=HTMX | {"HX-Target": "safety"})
    page = desk.post(url, typed | {"directions": "Half typed"})

    assert fragment.status_code == page.status_code == 200
    assert "<html" not in words(fragment)
    for answer in (fragment, page):
        assert "the pink stuff" in words(answer)
        assert "It was bubble gum." in words(answer)
        assert "has-error" not in words(answer)
    assert "Half typed" in words(page)


def test_reasons_are_saved_with_the_draft(in_progress: Visit, desk: Client) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    order = Prescription(visit=in_progress, patient=in_progress.patient, **AMOXICILLIN)
    key = checking.key_of(checking.findings_for(order).at("warn")[0])

    url = address("draft_prescription", in_progress)
    box = re.search(
        r'<label for="id_reason-.*?</label>', words(desk.post(url, {"drug": "amoxicillin"}))
    )
    assert box
    assert "optional" not in box[0]
    desk.post(url, ORDER | {f"reason-{key}": "Bubble gum."})

    assert Reason.objects.get().text == "Bubble gum."
    chart = words(desk.get(address("chart", in_progress)))
    assert "A warning needs your reason" not in chart


def test_a_reason_that_is_too_long_is_422_and_kept(in_progress: Visit, desk: Client) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    order = Prescription(visit=in_progress, patient=in_progress.patient, **AMOXICILLIN)
    key = checking.key_of(checking.findings_for(order).at("warn")[0])

    answer = desk.post(
        address("draft_prescription", in_progress), ORDER | {f"reason-{key}": "y" * 301}
    )

    assert answer.status_code == 422
    assert "y" * 301 in words(answer)
    assert not Prescription.objects.exists()


def test_a_draft_is_changed(in_progress: Visit, desk: Client) -> None:
    prescription = draft(in_progress)
    url = address("change_prescription", prescription)

    before = words(desk.get(url))
    answer = desk.post(url, ORDER | {"quantity": "21"})

    assert AMOXICILLIN["directions"] in before
    assert answer.url == address("sign_prescription", prescription)
    assert Prescription.objects.get().quantity == 21


def test_a_draft_is_thrown_away(in_progress: Visit, desk: Client) -> None:
    first, second = (
        draft(in_progress),
        draft(in_progress, drug="azithromycin", form="", strength=""),
    )

    plain = desk.post(address("discard_prescription", first))
    fragment = desk.post(address("discard_prescription", second), headers=HTMX)

    assert plain.status_code == 302
    assert "None in this visit." in words(fragment)
    assert desk.get(address("prescription", first)).status_code == 404


def test_another_visit_remembers_the_pharmacy(in_progress: Visit, desk: Client) -> None:
    sign(in_progress)

    answer = desk.post(address("draft_prescription", in_progress), {"drug": "ibuprofen"})

    assert "Pier Pharmacy, Austin" in words(answer)


def test_the_chart_says_why_nothing_can_be_written(waiting: Visit, desk: Client) -> None:
    chart = words(desk.get(address("chart", waiting)))
    refused = desk.get(address("draft_prescription", waiting))

    assert "Prescriptions are written during a visit" in chart
    assert "New prescription" not in chart
    assert refused.status_code == 409
    assert refused["X-Refused"] == "not_the_time"


def test_who_may_not_prescribe_gets_no_form(in_progress: Visit, desk: Client) -> None:
    Clinician.objects.filter(pk=in_progress.clinician_id).update(may_prescribe=False)

    chart = words(desk.get(address("chart", in_progress)))
    refused = desk.post(address("draft_prescription", in_progress), ORDER)

    assert "You are not set up to prescribe in this clinic." in chart
    assert "New prescription" not in chart
    assert refused["X-Refused"] == "may_not_prescribe"


def test_ten_more_prescriptions_ask_no_more_of_the_database(
    in_progress: Visit, desk: Client, django_assert_num_queries
) -> None:
    url = address("prescription_list", in_progress)
    sign(in_progress)
    draft(in_progress)
    desk.get(url)
    with CaptureQueriesContext(connection) as few:
        desk.get(url)

    for _each in range(10):
        draft(in_progress)
    with django_assert_num_queries(len(few)):
        page = words(desk.get(url))

    assert page.count("<h3>") == 12


def test_the_rows_that_look_again_are_one_reading(in_progress: Visit, desk: Client, clock) -> None:
    url = address("prescription_list", in_progress)
    desk.get(url)
    desk.get(url)
    assert AuditEvent.objects.filter(action="visit.read").count() == 1

    clock.move(minutes=11)
    desk.get(url)
    assert AuditEvent.objects.filter(action="visit.read").count() == 2


# --- signing ---


@pytest.mark.parametrize("method", ["get", "post"])
def test_signing_asks_for_fresh_proof(in_progress: Visit, desk: Client, method: str) -> None:
    prescription = draft(in_progress)

    answer = getattr(desk, method)(address("sign_prescription", prescription), {"seen": "0" * 64})

    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert Prescription.objects.get().is_draft


def test_nothing_clinical_waits_in_the_session_for_the_proof(
    in_progress: Visit, desk: Client
) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    prescription = draft(in_progress)
    page = words(prove(desk).get(address("sign_prescription", prescription)))
    fields = set(re.findall(r'name="([^"]+)"', page)) - {"viewport", "color-scheme"}
    forget(desk)

    explained = desk.post(
        address("explain_prescription", prescription),
        {name: "It was bubble gum." for name in fields if name.startswith("reason-")},
    )
    suspended = desk.post(
        address("sign_prescription", prescription),
        {"seen": writing.review(prescription).digest},
    )

    assert explained.url == address("sign_prescription", prescription)
    assert Reason.objects.get().text == "It was bubble gum."
    assert suspended.url.startswith("/accounts/reauthenticate/")
    stored = [session.get_decoded() for session in Session.objects.all()]
    assert "account_reauthentication_state" in str(stored)
    for word in ("amoxicillin", "bubble gum", "pink", "capsule", "Pier"):
        assert word not in str(stored)


def forget(client: Client) -> None:
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = session[AUTHENTICATION_METHODS_SESSION_KEY][:2]
    session.save()


def test_the_review_shows_the_whole_and_signs_it(in_progress: Visit, desk: Client) -> None:
    prescription = draft(in_progress)
    prove(desk)
    url = address("sign_prescription", prescription)

    page = words(desk.get(url))
    answer = desk.post(url, {"seen": seen_on(page)})

    for shown in ("amoxicillin", "500 mg", "30 (thirty)", "12 Elm Street", "No refills"):
        assert shown in page
    assert answer.url == address("prescription", prescription)
    assert Prescription.objects.get().status == "signed"
    assert desk.get(url).url == address("prescription", prescription)


def test_a_warning_is_answered_and_then_signed(in_progress: Visit, desk: Client) -> None:
    HistoryReview.objects.filter(intake=in_progress.intake, kind="allergy").delete()
    prescription = draft(in_progress)
    prove(desk)
    url = address("sign_prescription", prescription)

    page = words(desk.get(url))
    assert "Nobody has asked about allergies yet" in page
    assert "Sign as" not in page
    field = re.search(r'name="(reason-[0-9a-f]{64})"', page)[1]

    empty = desk.post(address("explain_prescription", prescription), {field: " "})
    assert empty.status_code == 422
    refused = desk.post(url, {"seen": seen_on(page)})
    assert refused["X-Refused"] == "reason_missing"

    desk.post(address("explain_prescription", prescription), {field: "Asked now: none."})
    page = words(desk.get(url))
    assert "Asked now: none." in page
    assert desk.post(url, {"seen": seen_on(page)}).status_code == 302
    assert Prescription.objects.get().findings.get().override_reason == "Asked now: none."


def test_a_stop_has_no_button_and_no_way_round(in_progress: Visit, desk: Client) -> None:
    add(in_progress.patient, "allergy", "penicillin")
    prescription = draft(in_progress)
    prove(desk)
    url = address("sign_prescription", prescription)

    page = words(desk.get(url))
    answer = desk.post(url, {"seen": seen_on(page)})

    assert "Sign as" not in page
    assert answer.status_code == 409
    assert answer["X-Refused"] == "stopped"


@pytest.mark.parametrize("seen", ["", "0" * 64, "x" * 65])
def test_what_was_not_reviewed_is_not_signed(in_progress: Visit, desk: Client, seen: str) -> None:
    prescription = draft(in_progress)

    answer = prove(desk).post(address("sign_prescription", prescription), {"seen": seen})

    assert answer.status_code in (409, 422)
    assert Prescription.objects.get().is_draft


# --- reading ---


def test_the_patient_reads_it_and_is_told_how_to_use_it(in_progress: Visit, sofa: Client) -> None:
    prescription = sign(in_progress)

    answer = sofa.get(address("prescription", prescription))

    page = words(answer)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert "30 (thirty)" in page
    assert "We do not send it to the pharmacy electronically." in page
    assert "Cancel the prescription" not in page
    event = AuditEvent.objects.get(action="prescription.read")
    assert event.actor == in_progress.patient.user
    assert event.patient == in_progress.patient


def test_reasons_are_for_the_clinician_alone(
    in_progress: Visit, sofa: Client, desk: Client
) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    prescription = draft(in_progress)
    explain(prescription, "It was bubble gum.")
    writing.sign(prescription, by=in_progress.clinician.user)

    assert "It was bubble gum." in words(desk.get(address("prescription", prescription)))
    assert "It was bubble gum." not in words(sofa.get(address("prescription", prescription)))


def test_the_pdf_is_private_and_has_a_name_that_says_nothing(
    in_progress: Visit, sofa: Client
) -> None:
    prescription = sign(in_progress)

    answer = sofa.get(address("prescription_pdf", prescription))

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"] == 'inline; filename="prescription.pdf"'
    assert answer.content.startswith(b"%PDF")
    assert AuditEvent.objects.get(action="prescription.read").detail == "pdf"


def test_a_cancelled_one_says_so_to_both(in_progress: Visit, desk: Client, sofa: Client) -> None:
    prescription = sign(in_progress)
    url = address("cancel_prescription", prescription)

    assert desk.get(url).status_code == 200
    assert desk.post(url, {"reason": " "}).status_code == 422
    assert "y" * 301 in words(desk.post(url, {"reason": "y" * 301}))
    assert desk.post(url, {"reason": "Wrong strength."}).status_code == 302

    for browser in (desk, sofa):
        page = words(browser.get(address("prescription", prescription)))
        assert "Cancelled: do not use or fill" in page
        assert "Wrong strength." in page
        assert "Give this to your pharmacy" not in page
    assert desk.get(url)["X-Refused"] == "not_signed"


def test_what_does_not_match_its_signature_is_not_shown(
    in_progress: Visit, sofa: Client, run_sql: Callable
) -> None:
    prescription = sign(in_progress)
    run_sql("SET LOCAL session_replication_role = replica")
    Prescription.objects.update(quantity=300)

    for name in ("prescription", "prescription_pdf"):
        answer = sofa.get(address(name, prescription))
        assert answer.status_code == 409
        assert answer["X-Refused"] == "not_intact"


@pytest.mark.parametrize("page", ["visit", "summary"])
def test_the_patient_finds_it_before_the_note_is_signed(
    in_progress: Visit, sofa: Client, page: str
) -> None:
    url = address(page, in_progress)
    prescription = draft(in_progress)
    assert address("prescription", prescription) not in words(sofa.get(url))

    writing.sign(prescription, by=in_progress.clinician.user)
    assert address("prescription", prescription) in words(sofa.get(url))

    writing.cancel(prescription, reason="Wrong.", by=in_progress.clinician.user)
    assert "Cancelled: do not use" in words(sofa.get(url))


# --- who may ---


def ask(client: Client, name: str, prescription: Prescription) -> int:
    method = client.post if name in BY_POST else client.get
    return method(address(name, prescription)).status_code


@pytest.mark.parametrize("name", OF_ONE)
def test_strangers_find_nothing(
    in_progress: Visit, name: str, zed: Patient, chen: Clinician, gus: User, signed_in: Callable
) -> None:
    for prescription in (draft(in_progress), sign(in_progress, drug="ibuprofen", form="tablet",
                                                  strength="600 mg")):  # fmt: skip
        for stranger in (zed, chen, gus):
            assert ask(signed_in(stranger), name, prescription) == 404


@pytest.mark.parametrize("name", OF_ONE)
def test_the_admin_knows_and_may_not_read(
    in_progress: Visit, name: str, dana: User, signed_in: Callable
) -> None:
    assert ask(signed_in(dana), name, sign(in_progress)) == 403


def test_the_admin_of_another_clinic_finds_nothing(in_progress: Visit, signed_in: Callable) -> None:
    other = world.make_admin(world.make_clinic("Hill Clinic"), "Uma Hill")

    assert ask(signed_in(other), "prescription", sign(in_progress)) == 404


@pytest.mark.parametrize("name", OF_ONE)
def test_the_patient_reads_what_is_signed_and_does_not_know_of_drafts(
    in_progress: Visit, name: str, sofa: Client
) -> None:
    reads = name in ("prescription", "prescription_pdf")

    prescription = draft(in_progress)
    assert ask(sofa, name, prescription) == 404
    writing.sign(prescription, by=in_progress.clinician.user)
    assert ask(sofa, name, prescription) == (200 if reads else 403)


@pytest.mark.parametrize("name", ["prescription_list", "draft_prescription"])
def test_the_panel_is_for_the_visits_clinician(
    in_progress: Visit, name: str, sofa: Client, zed: Patient, chen: Clinician, signed_in: Callable
) -> None:
    assert sofa.get(address(name, in_progress)).status_code == 403
    assert signed_in(zed).get(address(name, in_progress)).status_code == 404
    assert signed_in(chen).get(address(name, in_progress)).status_code == 404


def test_acts_are_made_by_post_alone(in_progress: Visit, desk: Client) -> None:
    prescription = draft(in_progress)

    for name in BY_POST:
        assert desk.get(address(name, prescription)).status_code == 405
    assert desk.post(address("prescription", prescription)).status_code == 405
