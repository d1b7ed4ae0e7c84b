"""What the patient takes home: the same words as page and as accessible PDF, in two languages."""

import io
import time
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pypdf import PdfReader

from accounts.models import AuditEvent, Clinician, Patient
from prescriptions.models import Prescription
from visits import documents, signing
from visits.models import Visit

FOR_PATIENT = "Drink a lot.\nRest for two days.\n\nCall us if the fever is over 103 °F."


def sign(visit: Visit, *, for_patient: str = FOR_PATIENT) -> Visit:
    user = visit.clinician.user
    note = signing.open_note(visit, by=user)
    parts = {
        "subjective": "Says privately that work is hard.",
        "assessment": "A common cold.",
        "plan": "Rest and fluids.",
        "for_patient": for_patient,
    }
    signing.sign(signing.save(note, parts=parts, version=0, by=user), by=user)
    return Visit.objects.with_people().get(pk=visit.pk)


def prescribe(visit: Visit, *, status: str, drug: str) -> Prescription:
    is_signed = status != "draft"
    return Prescription.objects.create(
        visit=visit,
        patient=visit.patient,
        clinician=visit.clinician,
        status=status,
        drug=drug,
        strength="10 mg tablet",
        quantity=30,
        directions="Take one tablet every morning.",
        signed_at=timezone.now() if is_signed else None,
        signature="0" * 128 if is_signed else "",
    )


def words_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def signed(completed: Visit) -> Visit:
    return sign(completed)


@pytest.fixture
def phone(ada: Patient, signed_in: Callable) -> Client:
    return signed_in(ada)


def test_before_the_note_is_signed_the_page_says_who_is_at_it(
    completed: Visit, phone: Client
) -> None:
    page = phone.get(reverse("summary", args=[completed.code]))

    assert page.status_code == 200
    assert "Your clinician is finishing the note" in page.content.decode()
    pdf = phone.get(reverse("summary_pdf", args=[completed.code]))
    assert pdf.status_code == 409
    assert pdf["X-Refused"] == "summary_not_ready"
    assert not AuditEvent.objects.filter(action__startswith="summary").exists()


def test_a_note_signed_during_the_call_is_no_summary_yet(in_progress: Visit) -> None:
    assert not documents.is_ready(sign(in_progress))


def test_a_visit_that_did_not_take_place_has_no_summary(booked: Visit, phone: Client) -> None:
    page = phone.get(reverse("summary", args=[booked.code])).content.decode()

    assert "There is no summary" in page


def test_the_summary_says_what_to_know_and_do(signed: Visit, phone: Client) -> None:
    page = phone.get(reverse("summary", args=[signed.code])).content.decode()

    assert "Drink a lot.<br>Rest for two days." in page
    assert "Rest and fluids." in page
    assert "A runny nose and a mild cough" in page
    assert "Dr. Amara Bello, MD" in page
    assert "512-555-0100" in page
    assert "call 911" in page


def test_the_patient_does_not_get_the_clinicians_own_parts(signed: Visit, phone: Client) -> None:
    page = phone.get(reverse("summary", args=[signed.code])).content.decode()

    assert "work is hard" not in page
    assert "work is hard" not in words_of(documents.summary_pdf(signed))


def test_only_signed_prescriptions_are_listed(signed: Visit, phone: Client) -> None:
    prescribe(signed, status="signed", drug="Cetirizine")
    prescribe(signed, status="draft", drug="Ibuprofen")
    prescribe(signed, status="cancelled", drug="Naproxen")

    page = phone.get(reverse("summary", args=[signed.code])).content.decode()

    assert "Cetirizine 10 mg tablet" in page
    assert "Take one tablet every morning." in page
    assert "Ibuprofen" not in page
    assert "Naproxen" not in page


def test_an_addendum_reaches_the_patient(signed: Visit, phone: Client) -> None:
    note = signing.open_note(signed, by=signed.clinician.user)
    signing.add_addendum(note, text="Your test came back fine.", by=signed.clinician.user)

    page = phone.get(reverse("summary", args=[signed.code])).content.decode()

    assert "Your test came back fine." in page


def test_times_are_in_the_patients_zone(clock, signed: Visit) -> None:
    facts = {fact.label: fact.value for fact in documents.summary_of(signed).facts}

    assert facts["When"].replace("\xa0", " ") == "Nov. 23, 2026, 10 a.m. CST"


@pytest.mark.parametrize("language", ["en", "es"])
def test_page_and_pdf_say_the_same_in_each_language(signed: Visit, language: str) -> None:
    prescribe(signed, status="signed", drug="Cetirizine")
    with translation.override(language):
        summary = documents.summary_of(signed)
        pdf = documents.summary_pdf(signed)

    text = words_of(pdf)
    said = [summary.title, summary.signed, summary.questions, summary.emergency]
    said += [f"{fact.label} {fact.value}" for fact in summary.facts]
    said += [section.heading for section in summary.sections]
    said += ["Rest for two days.", "Call us if the fever is over 103 °F.", "Rest and fluids."]
    said += ["Cetirizine 10 mg tablet", "Take one tablet every morning."]
    for words in said:
        assert " ".join(words.split()) in text
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.root_object["/Lang"] == language


def test_the_pdf_is_tagged_for_screen_readers(signed: Visit) -> None:
    reader = PdfReader(io.BytesIO(documents.summary_pdf(signed)))

    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in reader.root_object
    assert "pdfuaid" in reader.root_object["/Metadata"].get_data().decode()
    assert reader.metadata.title == "Visit summary, Harbor Clinic"


def test_typed_words_cannot_become_instructions_to_the_typesetter(completed: Visit) -> None:
    hostile = '#read("/etc/passwd") *x* $1/2$ [a] "b" \\ = not a heading `code` <l> @r // c'

    text = words_of(documents.summary_pdf(sign(completed, for_patient=hostile)))

    assert hostile in text


def test_words_in_any_script_still_make_a_pdf(completed: Visit) -> None:
    text = words_of(documents.summary_pdf(sign(completed, for_patient="Rest 😀 休息 now.")))

    assert "Rest" in text
    assert "now." in text


def test_a_very_long_summary_has_all_its_words(completed: Visit) -> None:
    lines = "\n".join(f"Line {number} of the advice." for number in range(600))

    pdf = documents.summary_pdf(sign(completed, for_patient=lines))

    assert "Line 599 of the advice." in words_of(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 5


def test_the_pdf_is_made_in_less_than_a_second(signed: Visit) -> None:
    start = time.perf_counter()
    documents.summary_pdf(signed)

    assert time.perf_counter() - start < 1


def test_the_pdf_is_kept_by_nobody_and_its_name_says_nothing(signed: Visit, phone: Client) -> None:
    answer = phone.get(reverse("summary_pdf", args=[signed.code]))

    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == 'inline; filename="visit-summary.pdf"'
    assert answer["Cache-Control"] == "private, no-store"


def test_reading_is_audited_for_the_patient(signed: Visit, bello: Clinician, signed_in) -> None:
    desk = signed_in(bello)
    desk.get(reverse("summary", args=[signed.code]))
    desk.get(reverse("summary_pdf", args=[signed.code]))

    for action in ("summary.read", "summary.download"):
        event = AuditEvent.objects.get(action=action)
        assert event.patient == signed.patient
        assert event.actor == bello.user


@pytest.mark.parametrize("name", ["summary", "summary_pdf"])
def test_the_summary_is_for_the_patient_and_their_clinician(
    signed: Visit, chen: Clinician, zed: Patient, gus, dana, signed_in: Callable, name: str
) -> None:
    address = reverse(name, args=[signed.code])

    for other in (chen, zed, gus, dana):
        assert signed_in(other).get(address).status_code == 404
    assert Client().get(address).status_code == 302
