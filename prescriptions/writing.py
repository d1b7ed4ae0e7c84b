"""The prescription's life: drafted, checked, signed once, cancelled if it must not be used.

Only the visit's clinician writes, during the visit and for a week after it. Signing checks again
under the lock; a stop stops, and every warning needs its own written reason. What is signed never
changes here or in the database (trigger `prescription_signed_is_locked`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from accounts.models.people import PRESCRIBING
from accounts.refusal import Refused
from prescriptions import checking, statements
from prescriptions.findings import Decision
from prescriptions.models import Finding, Prescription, Reason
from visits import lifecycle
from visits.models import Status, Visit
from visits.signals import visit_moved

WRITE_UNTIL = timedelta(days=7)  # after the end of the visit
WORDS = ("drug", "form", "strength", "quantity", "directions", "refills", "pharmacy")


class MayNotPrescribe(Refused):
    code = "may_not_prescribe"
    message = _("You are not set up to prescribe in this clinic.")


class NotTheTime(Refused):
    code = "not_the_time"
    message = _("Prescriptions are written during a visit, and up to 7 days after it.")


class NoDraft(Refused):
    code = "no_draft"
    message = _("This prescription is not a draft any more.")


class NotSigned(Refused):
    code = "not_signed"
    message = _("Only a signed prescription can be cancelled.")


class Stopped(Refused):
    """The safety check says stop; `decision` says why."""

    code = "stopped"
    message = _("The safety check stops this prescription, so it cannot be signed here.")

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self.decision = decision


class ReasonMissing(Refused):
    code = "reason_missing"
    message = _("Every warning needs your reason in writing before you can sign.")


class PrescriptionChanged(Refused):
    """What would be signed now is not what was on the page."""

    code = "prescription_changed"
    message = _(
        "The prescription, or what its check found, changed after you opened the page."
        " Review it again."
    )


class WordsNeeded(Refused):
    code = "words_needed"
    message = _("Write the reason.")


@dataclass(frozen=True)
class Review:
    """A draft as it would be signed now. `reasons` by `checking.key_of` the warning."""

    decision: Decision
    reasons: dict[str, str]
    statement: statements.Statement

    @property
    def missing(self) -> list[str]:
        """Keys of the warnings without a reason."""
        keys = [checking.key_of(finding) for finding in self.decision.at("warn")]
        return [key for key in keys if not self.reasons.get(key, "").strip()]

    @property
    def is_stopped(self) -> bool:
        return self.decision.outcome == "stop"

    @property
    def may_be_signed(self) -> bool:
        return not self.is_stopped and not self.missing

    @property
    def digest(self) -> str:
        return statements.digest(self.statement)


def may_prescribe(visit: Visit) -> bool:
    """Whether the visit's clinician is one whom the clinic lets prescribe."""
    clinician = visit.clinician
    return clinician.may_prescribe and clinician.is_active and clinician.profession in PRESCRIBING


def is_time(visit: Visit) -> bool:
    """Whether prescriptions are written for this visit now."""
    if visit.status == Status.IN_PROGRESS:
        return True
    ended_at = visit.ended_at
    return (
        visit.status == Status.COMPLETED
        and ended_at is not None
        and timezone.now() <= ended_at + WRITE_UNTIL
    )


def must_be_writable(visit: Visit) -> None:
    if not may_prescribe(visit):
        raise MayNotPrescribe
    if not is_time(visit):
        raise NotTheTime


def draft(
    visit: Visit,
    *,
    drug: str,
    form: str,
    strength: str,
    quantity: int,
    directions: str,
    refills: int,
    pharmacy: str,
    by: User,
    reasons: Mapping[str, str] | None = None,
) -> Prescription:
    """Start a prescription. `reasons` as in `explain`."""
    with transaction.atomic():
        visit = _writable(visit, by)
        prescription = Prescription.objects.create(
            visit=visit,
            patient=visit.patient,
            clinician=visit.clinician,
            drug=drug,
            form=form,
            strength=strength,
            quantity=quantity,
            directions=directions,
            refills=refills,
            pharmacy=pharmacy,
        )
        _keep_reasons(prescription, reasons or {})
        _done("prescription.draft", prescription, by)
    return prescription


def change(
    prescription: Prescription,
    *,
    drug: str,
    form: str,
    strength: str,
    quantity: int,
    directions: str,
    refills: int,
    pharmacy: str,
    by: User,
    reasons: Mapping[str, str] | None = None,
) -> Prescription:
    """Write a draft anew. Another drug takes the reasons away that were written for the first."""
    with transaction.atomic():
        prescription = _locked_draft(prescription, by)
        if drug != prescription.drug:
            prescription.reasons.all().delete()
        prescription.drug, prescription.form, prescription.strength = drug, form, strength
        prescription.quantity, prescription.refills = quantity, refills
        prescription.directions, prescription.pharmacy = directions, pharmacy
        prescription.save(update_fields=WORDS)
        _keep_reasons(prescription, reasons or {})
        _done("prescription.change", prescription, by)
    return prescription


def explain(prescription: Prescription, *, reasons: Mapping[str, str], by: User) -> Prescription:
    """Keep why warnings do not hold, by `checking.key_of`. An empty reason takes one back.

    Only for warnings that there are: words about anything else are not kept.
    """
    with transaction.atomic():
        prescription = _locked_draft(prescription, by)
        _keep_reasons(prescription, reasons)
        _done("prescription.change", prescription, by)
    return prescription


def review(prescription: Prescription, *, known: checking.Known | None = None) -> Review:
    """What the safety check says now, the reasons so far, and what would be signed."""
    decision = checking.findings_for(prescription, known=known)
    reasons = {reason.about: reason.text for reason in prescription.reasons.all()}
    statement = statements.of(prescription, decision, reasons, signed_at=None)
    return Review(decision, reasons, statement)


def sign(prescription: Prescription, *, by: User, seen: str | None = None) -> Prescription:
    """Lock the prescription for good. With `seen`, only if `Review.digest` is still that."""
    with transaction.atomic():
        prescription = _locked_draft(prescription, by)
        reviewed = review(prescription)
        if seen is not None and seen != reviewed.digest:
            raise PrescriptionChanged
        if reviewed.is_stopped:
            raise Stopped(reviewed.decision)
        if reviewed.missing:
            raise ReasonMissing
        now = timezone.now()
        prescription.status = Prescription.Status.SIGNED
        prescription.signed_at = now
        statements.seal(
            prescription,
            statements.of(prescription, reviewed.decision, reviewed.reasons, signed_at=now),
        )
        prescription.save(update_fields=["status", "signed_at", "statement", "signature"])
        _keep_findings(prescription, reviewed)
        _done("prescription.sign", prescription, by)
    return prescription


def discard(prescription: Prescription, *, by: User) -> Prescription:
    """Throw a draft away. It stays stored, and nobody sees it again."""
    with transaction.atomic():
        prescription = _locked(prescription, by)
        if not prescription.is_draft:
            raise NoDraft
        prescription.status = Prescription.Status.DISCARDED
        prescription.save(update_fields=["status"])
        _done("prescription.discard", prescription, by)
    return prescription


def cancel(prescription: Prescription, *, reason: str, by: User) -> Prescription:
    """Say that a signed prescription must not be used. The patient reads the reason."""
    if not reason.strip():
        raise WordsNeeded
    with transaction.atomic():
        prescription = _locked(prescription, by)
        if prescription.status != Prescription.Status.SIGNED:
            raise NotSigned
        prescription.status = Prescription.Status.CANCELLED
        prescription.cancelled_at = timezone.now()
        prescription.cancel_reason = reason.strip()
        prescription.save(update_fields=["status", "cancelled_at", "cancel_reason"])
        _done("prescription.cancel", prescription, by)
    return prescription


def _keep_reasons(prescription: Prescription, reasons: Mapping[str, str]) -> None:
    if not reasons:
        return
    warnings = checking.findings_for(prescription).at("warn")
    for key in {checking.key_of(finding) for finding in warnings} & set(reasons):
        if text := reasons[key].strip():
            Reason.objects.update_or_create(
                prescription=prescription, about=key, defaults={"text": text}
            )
        else:
            prescription.reasons.filter(about=key).delete()


def _keep_findings(prescription: Prescription, reviewed: Review) -> None:
    with translation.override("en"):
        Finding.objects.bulk_create(
            Finding(
                prescription=prescription,
                code=finding.code,
                severity=finding.severity,
                message=str(finding.message),
                override_reason=reviewed.reasons[checking.key_of(finding)],
            )
            for finding in reviewed.decision.at("warn")
        )


def _writable(visit: Visit, by: User) -> Visit:
    """The visit under its lock. Two drafts of one visit are signed one after the other: each is
    checked against the other."""
    _only_its_clinician(visit, by)
    visit = lifecycle.locked(visit)
    must_be_writable(visit)
    return visit


def _locked_draft(prescription: Prescription, by: User) -> Prescription:
    visit = _writable(prescription.visit, by)
    prescription = _locked(prescription, by)
    if not prescription.is_draft:
        raise NoDraft
    prescription.visit = visit
    return prescription


def _locked(prescription: Prescription, by: User) -> Prescription:
    # Re-read under the lock: the caller's copy may be a click old.
    prescription = (
        Prescription.objects.select_for_update(of=("self",))
        .select_related(
            "visit__patient__user",
            "visit__clinician__user",
            "visit__clinic",
            "visit__intake",
            "patient",
            "clinician",
        )
        .get(pk=prescription.pk)
    )
    _only_its_clinician(prescription.visit, by)
    return prescription


def _only_its_clinician(visit: Visit, by: User) -> None:
    if visit.clinician.user_id != by.pk:
        raise PermissionDenied


def _done(action: str, prescription: Prescription, by: User) -> None:
    """Tell open screens, and write it down: last in the transaction."""
    visit = prescription.visit
    # Robust: a screen that cannot be told finds out by itself; what was done stands.
    transaction.on_commit(partial(visit_moved.send, Visit, visit=visit, event=None), robust=True)
    audit.record(action, prescription, by=by, patient=visit.patient)
