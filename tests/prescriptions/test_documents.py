"""The paper: everything a pharmacy needs, from what was signed, tagged, in two languages."""

import io
import re
from datetime import UTC, datetime

import pytest
from django.utils import translation
from pypdf import PdfReader

from prescriptions import directions, documents, drugs, statements, writing
from prescriptions.models import Prescription
from tests.prescriptions.test_writing import draft, sign
from visits.models import Visit


def text_of(pdf: bytes) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", text)


def test_the_pdf_holds_what_a_pharmacy_needs(in_progress: Visit) -> None:
    prescription = sign(in_progress, refills=2)
    clinician = in_progress.clinician

    text = text_of(documents.prescription_pdf(prescription))

    for words in (
        "Harbor Clinic",
        "1 Pier Street, Austin, TX 78701",
        "512-555-0100",
        "Ada Rivera",
        "May 4, 1988",
        "12 Elm Street, Austin, TX 78702",
        "amoxicillin",
        "500 mg",
        "capsule",
        "30 (thirty)",
        "Take 1 capsule by mouth three times a day for 10 days.",
        "2 (two)",
        "Pier Pharmacy",
        f"Dr. Amara Bello, MD, NPI {clinician.npi}",
        "Signed electronically on",
        statements.verification_code(prescription),
    ):
        assert words in text


def test_the_date_and_time_are_those_of_the_clinic(in_progress: Visit, clock) -> None:
    prescription = draft(in_progress)
    clock.now = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
    in_progress.ended_at = clock.now
    signed = writing.sign(prescription, by=in_progress.clinician.user)

    text = text_of(documents.prescription_pdf(signed))

    assert "Date: Nov. 23, 2026" in text or "Date Nov. 23, 2026" in text
    assert "9:30 p.m. CST" in text


def test_the_pdf_is_tagged_and_has_a_title_and_a_language(in_progress: Visit) -> None:
    root = PdfReader(io.BytesIO(documents.prescription_pdf(sign(in_progress)))).trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"


def test_the_advice_is_in_the_patients_language_and_the_order_in_english(
    in_progress: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    prescription = sign(in_progress)
    with translation.override("es"):
        advice = documents.advice_for(prescription)
        text = text_of(documents.prescription_pdf(prescription))

    assert re.sub(r"\s+", " ", advice.steps[0])[:30] in text
    assert "30 (thirty)" in text
    assert "Quantity" in text
    assert "Take 1 capsule by mouth three times a day for 10 days." in text


def test_a_cancelled_one_says_so_first_and_gives_no_advice(in_progress: Visit) -> None:
    user = in_progress.clinician.user
    cancelled = writing.cancel(sign(in_progress), reason="Wrong strength.", by=user)

    text = text_of(documents.prescription_pdf(cancelled))

    assert text.index("Cancelled: do not use or fill") < text.index("Ada Rivera")
    assert "Wrong strength." in text
    assert "Give this to your pharmacy" not in text


def test_what_was_changed_behind_our_back_is_not_printed(in_progress: Visit) -> None:
    prescription = sign(in_progress)
    prescription.quantity = 300

    with pytest.raises(documents.NotIntact):
        documents.prescription_pdf(prescription)


def test_a_draft_is_no_paper(in_progress: Visit) -> None:
    with pytest.raises(documents.NotIntact):
        documents.paper_of(draft(in_progress))


def test_typed_words_are_never_instructions_to_the_typesetter(in_progress: Visit) -> None:
    odd = '#panic("x") *bold* _it_ = $x$ \\ @a <b> "q" 薬'

    text = text_of(documents.prescription_pdf(sign(in_progress, directions=odd)))

    assert '#panic("x") *bold*' in text


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "one"),
        (13, "thirteen"),
        (20, "twenty"),
        (21, "twenty-one"),
        (99, "ninety-nine"),
        (100, "one hundred"),
        (110, "one hundred ten"),
        (345, "three hundred forty-five"),
        (1000, "one thousand"),
    ],
)
def test_numbers_are_written_out(number: int, words: str) -> None:
    assert documents.in_words(number) == words


def test_no_two_quantities_have_the_same_words() -> None:
    words = {documents.in_words(number) for number in range(1, 1001)}

    assert len(words) == 1000


def test_the_phrases_offered_fit_the_form() -> None:
    for drug in drugs.shipped().values():
        for form in drug.forms:
            for phrase in directions.phrases_for([form.name]):
                if phrase.startswith("Take 1 tablet"):
                    assert "tablet" in form.name
                if phrase.startswith("Take 1 capsule"):
                    assert "capsule" in form.name


def test_english_directions_need_no_translation(in_progress: Visit) -> None:
    assert documents.advice_for(sign(in_progress)).directions == ""


def test_known_directions_are_shown_in_the_patients_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    english = str(directions.CAPSULES[0])
    spanish = translation.trans_real.translation("es")
    monkeypatch.setitem(spanish._catalog, english, "Tome 1 cápsula por la boca una vez al día.")

    with translation.override("es"):
        assert directions.translated(english.rstrip(".")).startswith("Tome 1 cápsula")
        assert directions.translated("Whatever else.") == ""


def test_every_status_without_a_signature_is_not_intact(in_progress: Visit) -> None:
    for status in Prescription.Status.values:
        assert not statements.is_intact(
            Prescription(visit=in_progress, status=status, quantity=1, signature="zz")
        )
