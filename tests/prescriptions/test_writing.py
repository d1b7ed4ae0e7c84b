"""The prescription: checked, signed once with reasons, never changed after."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from accounts.models import AuditEvent, Clinician, Patient
from prescriptions import checking, drugs, naming, statements, writing
from prescriptions.models import Finding, Prescription, Reason
from tests import world
from triage.models import HistoryEntry, HistoryReview
from visits import lifecycle
from visits.models import Visit

AMOXICILLIN = {
    "drug": "amoxicillin",
    "form": "capsule",
    "strength": "500 mg",
    "quantity": 30,
    "directions": "Take 1 capsule by mouth three times a day for 10 days.",
    "refills": 0,
    "pharmacy": "Pier Pharmacy, Austin",
}


def draft(visit: Visit, **words: object) -> Prescription:
    return writing.draft(visit, **(AMOXICILLIN | words), by=visit.clinician.user)


def sign(visit: Visit, **words: object) -> Prescription:
    return writing.sign(draft(visit, **words), by=visit.clinician.user)


def add(patient: Patient, kind: str, name: str, detail: str = "") -> HistoryEntry:
    return HistoryEntry.objects.create(
        patient=patient, kind=kind, name=name, detail=detail, added_by=patient.user
    )


def codes(prescription: Prescription, severity: str) -> list[str]:
    return [each.code for each in checking.findings_for(prescription).at(severity)]


def explain(prescription: Prescription, text: str = "Discussed; benefit outweighs.") -> None:
    """A reason for every warning."""
    warnings = checking.findings_for(prescription).at("warn")
    reasons = {checking.key_of(finding): text for finding in warnings}
    writing.explain(prescription, reasons=reasons, by=prescription.clinician.user)


# --- who and when ---


def test_nobody_but_the_visits_clinician_writes(
    in_progress: Visit, ada: Patient, chen: Clinician
) -> None:
    prescription = draft(in_progress)

    for user in (ada.user, chen.user):
        with pytest.raises(PermissionDenied):
            writing.draft(in_progress, **AMOXICILLIN, by=user)
        with pytest.raises(PermissionDenied):
            writing.change(prescription, **AMOXICILLIN, by=user)
        with pytest.raises(PermissionDenied):
            writing.explain(prescription, reasons={}, by=user)
        with pytest.raises(PermissionDenied):
            writing.sign(prescription, by=user)
        with pytest.raises(PermissionDenied):
            writing.discard(prescription, by=user)
        with pytest.raises(PermissionDenied):
            writing.cancel(prescription, reason="Wrong.", by=user)


def test_who_may_not_prescribe_is_refused(in_progress: Visit) -> None:
    clinician = in_progress.clinician
    clinician.may_prescribe = False
    clinician.save(update_fields=["may_prescribe"])

    with pytest.raises(writing.MayNotPrescribe):
        draft(in_progress)


def test_who_may_not_prescribe_any_more_cannot_sign_what_they_drafted(in_progress: Visit) -> None:
    prescription = draft(in_progress)
    Clinician.objects.filter(pk=in_progress.clinician_id).update(may_prescribe=False)

    with pytest.raises(writing.MayNotPrescribe):
        writing.sign(prescription, by=in_progress.clinician.user)


def test_nothing_is_written_before_the_visit(waiting: Visit) -> None:
    with pytest.raises(writing.NotTheTime):
        draft(waiting)


def test_a_week_after_the_visit_is_the_end(completed: Visit, clock) -> None:
    clock.now = completed.ended_at + timedelta(days=7)
    prescription = draft(completed)

    clock.move(seconds=1)
    with pytest.raises(writing.NotTheTime):
        draft(completed)
    with pytest.raises(writing.NotTheTime):
        writing.sign(prescription, by=completed.clinician.user)
    assert writing.discard(prescription, by=completed.clinician.user).status == "discarded"


# --- what the check is told ---


def test_nothing_to_find_and_it_is_signed(in_progress: Visit) -> None:
    prescription = sign(in_progress)

    prescription.refresh_from_db()
    assert prescription.status == "signed"
    assert not prescription.findings.exists()
    assert AuditEvent.objects.get(action="prescription.sign").patient == in_progress.patient


def test_an_allergy_to_penicillin_stops_amoxicillin(in_progress: Visit) -> None:
    prescription = draft(in_progress)
    add(in_progress.patient, "allergy", "penicillin", "hives")

    with pytest.raises(writing.Stopped) as refused:
        writing.sign(prescription, by=in_progress.clinician.user)

    assert refused.value.decision.code == "ALLERGIC_TO_CLASS"
    prescription.refresh_from_db()
    assert prescription.is_draft


def test_an_allergy_that_was_taken_off_the_list_does_not_stop(in_progress: Visit) -> None:
    entry = add(in_progress.patient, "allergy", "penicillin")
    entry.ended_at = timezone.now()
    entry.save(update_fields=["ended_at"])

    assert sign(in_progress).status == "signed"


def test_an_allergy_from_before_still_stops_when_nobody_asked_again(in_progress: Visit) -> None:
    add(in_progress.patient, "allergy", "penicillin")
    HistoryReview.objects.filter(intake=in_progress.intake, kind="allergy").delete()

    prescription = draft(in_progress)

    assert codes(prescription, "stop") == ["ALLERGIC_TO_CLASS"]
    assert "ALLERGIES_NOT_ASKED" in codes(prescription, "warn")


@pytest.mark.parametrize("kind", ["allergy", "medicine"])
def test_a_list_that_nobody_asked_for_is_a_warning(in_progress: Visit, kind: str) -> None:
    HistoryReview.objects.filter(intake=in_progress.intake, kind=kind).delete()
    prescription = draft(in_progress)

    with pytest.raises(writing.ReasonMissing):
        writing.sign(prescription, by=in_progress.clinician.user)

    asked = {"allergy": "ALLERGIES_NOT_ASKED", "medicine": "MEDICINES_NOT_ASKED"}[kind]
    assert codes(prescription, "warn") == [asked]


def test_an_allergy_that_cannot_be_read_is_a_warning(in_progress: Visit) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")

    assert codes(draft(in_progress), "warn") == ["ALLERGY_NOT_CHECKED"]


def test_a_controlled_substance_is_stopped(in_progress: Visit) -> None:
    prescription = draft(in_progress, drug="lorazepam", form="tablet", strength="1 mg")

    with pytest.raises(writing.Stopped) as refused:
        writing.sign(prescription, by=in_progress.clinician.user)

    assert refused.value.decision.code == "CONTROLLED_SUBSTANCE"


def test_a_license_that_ended_since_the_booking_stops(in_progress: Visit) -> None:
    prescription = draft(in_progress)
    in_progress.clinician.licenses.update(status="suspended")

    assert codes(prescription, "stop") == ["NOT_LICENSED_HERE"]


def test_two_drafts_of_one_visit_are_checked_against_each_other(in_progress: Visit) -> None:
    ibuprofen = {"drug": "ibuprofen", "form": "tablet", "strength": "600 mg"}
    sign(in_progress, **ibuprofen)

    other = draft(in_progress, drug="naproxen", form="tablet", strength="500 mg")

    assert "SAME_KIND_OF_MEDICINE" in codes(other, "warn")


def test_what_was_cancelled_or_thrown_away_is_not_taken(in_progress: Visit) -> None:
    user = in_progress.clinician.user
    writing.discard(draft(in_progress), by=user)
    writing.cancel(sign(in_progress), reason="Changed my mind.", by=user)

    assert codes(draft(in_progress), "warn") == []


def test_what_was_prescribed_long_ago_without_refills_is_not_taken(
    in_progress: Visit, clock
) -> None:
    clock.now = datetime.now(UTC)
    sign(in_progress)

    clock.move(days=91)

    order = Prescription(visit=in_progress, patient=in_progress.patient, **AMOXICILLIN)
    assert "TAKES_IT_ALREADY" not in codes(order, "warn")


def test_every_drug_of_the_table_is_read_back_from_its_name() -> None:
    unread = [
        name
        for name, drug in drugs.shipped().items()
        if not any(
            set(match.name.ingredients) & set(drug.ingredients) and not match.is_close
            for match in naming.read_text(name).found
        )
    ]

    assert unread == []


# --- reasons ---


def test_a_warning_needs_its_own_reason(in_progress: Visit) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    prescription = draft(in_progress)
    explain(prescription)
    add(in_progress.patient, "medicine", "Aunt's heart pill")

    with pytest.raises(writing.ReasonMissing):
        writing.sign(prescription, by=in_progress.clinician.user)


def test_a_reason_is_kept_with_what_was_found(in_progress: Visit) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    prescription = draft(in_progress)
    explain(prescription, "It was a bubble gum flavor.")

    writing.sign(prescription, by=in_progress.clinician.user)

    finding = Finding.objects.get()
    assert finding.code == "ALLERGY_NOT_CHECKED"
    assert finding.override_reason == "It was a bubble gum flavor."
    assert "the pink stuff" in finding.message


def test_a_reason_does_not_count_for_what_is_found_later(in_progress: Visit) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    prescription = draft(in_progress)
    explain(prescription)
    add(in_progress.patient, "allergy", "the yellow stuff")

    with pytest.raises(writing.ReasonMissing):
        writing.sign(prescription, by=in_progress.clinician.user)


def test_a_reason_of_spaces_is_none(in_progress: Visit) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    prescription = draft(in_progress)
    explain(prescription)
    explain(prescription, "   ")

    assert not Reason.objects.exists()
    with pytest.raises(writing.ReasonMissing):
        writing.sign(prescription, by=in_progress.clinician.user)


def test_words_about_no_warning_are_not_kept(in_progress: Visit) -> None:
    prescription = draft(in_progress)

    writing.explain(prescription, reasons={"0" * 64: "Nonsense."}, by=prescription.clinician.user)

    assert not Reason.objects.exists()


def test_a_stop_cannot_be_reasoned_away(in_progress: Visit) -> None:
    add(in_progress.patient, "allergy", "penicillin")
    prescription = draft(in_progress)
    stop = checking.findings_for(prescription).at("stop")[0]
    user = in_progress.clinician.user

    writing.explain(prescription, reasons={checking.key_of(stop): "It is fine."}, by=user)

    with pytest.raises(writing.Stopped):
        writing.sign(prescription, by=user)


def test_another_drug_takes_the_reasons_away(in_progress: Visit) -> None:
    HistoryReview.objects.filter(intake=in_progress.intake, kind="allergy").delete()
    prescription = draft(in_progress)
    explain(prescription)

    other = AMOXICILLIN | {"drug": "azithromycin", "form": "tablet", "strength": "250 mg"}
    writing.change(prescription, **other, by=in_progress.clinician.user)

    assert not Reason.objects.exists()


def test_a_finding_has_one_key_in_every_language(in_progress: Visit) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    finding = checking.findings_for(draft(in_progress)).at("warn")[0]

    with translation.override("es"):
        in_spanish = checking.key_of(finding)

    assert in_spanish == checking.key_of(finding)


# --- signature ---


def test_only_what_was_reviewed_is_signed(in_progress: Visit) -> None:
    user = in_progress.clinician.user
    prescription = draft(in_progress)
    seen = writing.review(prescription).digest
    writing.change(prescription, **(AMOXICILLIN | {"quantity": 300}), by=user)

    with pytest.raises(writing.PrescriptionChanged):
        writing.sign(prescription, by=user, seen=seen)


def test_what_the_check_found_since_the_review_is_reviewed_too(in_progress: Visit) -> None:
    prescription = draft(in_progress)
    seen = writing.review(prescription).digest
    add(in_progress.patient, "allergy", "the pink stuff")

    with pytest.raises(writing.PrescriptionChanged):
        writing.sign(prescription, by=in_progress.clinician.user, seen=seen)


def test_the_signature_verifies_and_a_changed_column_breaks_it(
    in_progress: Visit, run_sql: Callable
) -> None:
    prescription = sign(in_progress)
    prescription.refresh_from_db()
    assert statements.is_intact(prescription)

    # As somebody would who owns the database: the trigger steps aside.
    run_sql("SET LOCAL session_replication_role = replica")
    Prescription.objects.update(quantity=300)
    prescription.refresh_from_db()
    assert not statements.is_intact(prescription)


@pytest.mark.parametrize("column", [*writing.WORDS, "signed_at", "statement", "signature", "code"])
def test_every_signed_column_is_covered(in_progress: Visit, column: str) -> None:
    prescription = sign(in_progress)
    other = {
        "quantity": 31,
        "refills": 1,
        "signed_at": prescription.signed_at + timedelta(seconds=1),
        "statement": prescription.statement.replace("500 mg", "250 mg"),
        "signature": "00" * 64,
    }

    setattr(prescription, column, other.get(column, "other"))

    assert not statements.is_intact(prescription)


def test_a_patient_who_moves_does_not_change_what_was_signed(in_progress: Visit) -> None:
    prescription = sign(in_progress)
    in_progress.patient.street = "99 Oak Street"
    in_progress.patient.save(update_fields=["street"])

    prescription = Prescription.objects.get(pk=prescription.pk)

    assert statements.is_intact(prescription)
    assert "12 Elm Street" in statements.read(prescription)["patient"]["address"]


def test_another_key_did_not_sign_it(in_progress: Visit, settings) -> None:
    prescription = sign(in_progress)

    settings.SIGNING_KEY = "another key of another clinic"

    assert not statements.is_intact(prescription)


def test_it_is_signed_once(in_progress: Visit) -> None:
    prescription = draft(in_progress)
    writing.sign(prescription, by=in_progress.clinician.user)

    with pytest.raises(writing.NoDraft):
        writing.sign(prescription, by=in_progress.clinician.user)


# --- the end ---


def test_signed_is_neither_changed_nor_thrown_away(in_progress: Visit) -> None:
    user = in_progress.clinician.user
    prescription = sign(in_progress)

    with pytest.raises(writing.NoDraft):
        writing.change(prescription, **AMOXICILLIN, by=user)
    with pytest.raises(writing.NoDraft):
        writing.explain(prescription, reasons={}, by=user)
    with pytest.raises(writing.NoDraft):
        writing.discard(prescription, by=user)


def test_cancelling_needs_a_signed_one_and_a_reason(in_progress: Visit) -> None:
    user = in_progress.clinician.user
    prescription = draft(in_progress)
    with pytest.raises(writing.NotSigned):
        writing.cancel(prescription, reason="Wrong.", by=user)
    writing.sign(prescription, by=user)
    with pytest.raises(writing.WordsNeeded):
        writing.cancel(prescription, reason=" \n", by=user)

    cancelled = writing.cancel(prescription, reason="Wrong strength.", by=user)

    cancelled.refresh_from_db()
    assert cancelled.status == "cancelled"
    assert statements.is_intact(cancelled)
    with pytest.raises(writing.NotSigned):
        writing.cancel(cancelled, reason="Again.", by=user)


def test_a_put_back_visit_takes_no_signature(in_progress: Visit) -> None:
    prescription = draft(in_progress)
    lifecycle.put_back(in_progress, by=in_progress.clinician.user)

    with pytest.raises(writing.NotTheTime):
        writing.sign(prescription, by=in_progress.clinician.user)


# --- round the code ---


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE prescriptions_prescription SET quantity = 300",
        "UPDATE prescriptions_prescription SET statement = ''",
        "UPDATE prescriptions_prescription SET status = 'draft', signed_at = NULL, signature = ''",
        "UPDATE prescriptions_prescription SET status = 'cancelled', refills = 9",
        "UPDATE prescriptions_prescription SET cancel_reason = ''",
        "DELETE FROM prescriptions_prescription",
    ],
)
def test_the_database_refuses_to_change_what_is_signed(
    in_progress: Visit, run_sql: Callable, sql: str
) -> None:
    sign(in_progress)

    with (
        pytest.raises(IntegrityError, match="prescription_signed_is_locked"),
        transaction.atomic(),
    ):
        run_sql(sql)


def test_the_database_refuses_to_revive_what_is_cancelled(
    in_progress: Visit, run_sql: Callable
) -> None:
    writing.cancel(sign(in_progress), reason="Wrong.", by=in_progress.clinician.user)

    with (
        pytest.raises(IntegrityError, match="prescription_signed_is_locked"),
        transaction.atomic(),
    ):
        run_sql("UPDATE prescriptions_prescription SET status = 'signed', cancelled_at = NULL")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE prescriptions_finding SET override_reason = ''",
        "DELETE FROM prescriptions_finding",
        "TRUNCATE prescriptions_finding",
    ],
)
def test_the_database_refuses_to_change_a_finding(
    in_progress: Visit, run_sql: Callable, sql: str
) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    prescription = draft(in_progress)
    explain(prescription)
    writing.sign(prescription, by=in_progress.clinician.user)
    run_sql("SET CONSTRAINTS ALL IMMEDIATE")  # or TRUNCATE is refused for another cause

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run_sql(sql)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        # Two constraints say so; PostgreSQL names the first by name.
        ("status = 'lost'", "prescription_(status_known|signed_with_signature)"),
        ("status = 'signed'", "prescription_signed_with_signature"),
        ("status = 'signed', signed_at = now()", "prescription_signed_with_signature"),
        ("signed_at = now()", "prescription_signed_with_signature"),
        ("quantity = 0", "prescription_quantity"),
        ("quantity = 1001", "prescription_quantity"),
        ("refills = 12", "prescription_refills"),
    ],
)
def test_the_database_refuses_a_prescription_that_cannot_be(
    in_progress: Visit, run_sql: Callable, change: str, constraint: str
) -> None:
    draft(in_progress)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        run_sql(f"UPDATE prescriptions_prescription SET {change}")


def test_the_database_keeps_one_reason_for_a_finding(in_progress: Visit) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    prescription = draft(in_progress)
    explain(prescription)
    about = Reason.objects.get().about

    with pytest.raises(IntegrityError, match="reason_once_per_finding"), transaction.atomic():
        Reason.objects.create(prescription=prescription, about=about, text="Another.")


def test_words_are_encrypted(in_progress: Visit, run_sql: Callable) -> None:
    add(in_progress.patient, "allergy", "the pink stuff")
    prescription = draft(in_progress)
    explain(prescription, "It was a bubble gum flavor.")
    writing.sign(prescription, by=in_progress.clinician.user)

    stored = str(run_sql("SELECT * FROM prescriptions_prescription"))
    stored += str(run_sql("SELECT * FROM prescriptions_reason"))
    stored += str(run_sql("SELECT * FROM prescriptions_finding"))

    for word in ("amoxicillin", "capsule", "Pier Pharmacy", "bubble gum", "pink", "Rivera"):
        assert word not in stored


@pytest.fixture
def colleague(in_progress: Visit) -> Clinician:
    """Somebody of the clinic who may not prescribe by profession."""
    return world.make_clinician(
        in_progress.clinic, "Dr. Paz Lind", profession="psychologist", may_prescribe=False
    )


def test_a_psychologist_cannot_be_made_a_prescriber_in_the_database(
    colleague: Clinician, run_sql: Callable
) -> None:
    with (
        pytest.raises(IntegrityError, match="clinician_prescribes_by_profession"),
        transaction.atomic(),
    ):
        run_sql("UPDATE accounts_clinician SET may_prescribe = true WHERE id = %s", colleague.pk)
