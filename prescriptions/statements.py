"""What a signature stands for: the whole prescription as canonical JSON, in English.

Keys are sorted and nothing stands between them. The statement is stored as it was signed, and
papers are drawn from it; `is_intact` proves that it and the columns still say what was signed.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from accounts import sealing
from accounts.encryption import fingerprint
from prescriptions import checking
from prescriptions.findings import Decision
from prescriptions.models import Prescription

DOMAIN = "prescription"  # of the signature
VERSION = 1

Statement = dict[str, Any]


def of(
    prescription: Prescription,
    decision: Decision,
    reasons: Mapping[str, str],
    *,
    signed_at: datetime | None,
) -> Statement:
    """`reasons` by `checking.key_of` the warning. `signed_at` None: as it would be signed."""
    visit = prescription.visit
    patient, clinician, clinic = visit.patient, visit.clinician, visit.clinic
    return {
        "version": VERSION,
        "code": str(prescription.code),
        "visit": str(visit.code),
        "signed_at": signed_at and _instant(signed_at),
        "issued_on": signed_at and _day(signed_at, clinic.time_zone),
        "order": _order(prescription),
        "patient": {
            "code": str(patient.code),
            "name": patient.name,
            "born_on": patient.born_on.isoformat(),
            "address": _address(patient),
        },
        "prescriber": {
            "code": str(clinician.code),
            "name": str(clinician),
            "npi": clinician.npi,
        },
        "clinic": {
            "name": clinic.name,
            "address": _address(clinic),
            "phone": clinic.phone,
            "time_zone": clinic.time_zone,
        },
        "check": _check(decision, reasons),
    }


def canonical(statement: Statement) -> str:
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(statement: Statement) -> str:
    """Names what a clinician reviewed without saying anything of it (a keyed hash)."""
    return fingerprint(hashlib.sha256(canonical(statement).encode()).hexdigest())


def seal(prescription: Prescription, statement: Statement) -> None:
    """Set the columns that make a prescription a signed one; the caller saves it."""
    prescription.statement = canonical(statement)
    prescription.signature = sealing.sign(DOMAIN, prescription.statement.encode())


def read(prescription: Prescription) -> Statement:
    """What was signed; ValueError where there is nothing that can be read."""
    statement = json.loads(prescription.statement)
    if not isinstance(statement, dict):
        raise ValueError("this is no statement")
    return statement


def is_intact(prescription: Prescription) -> bool:
    """Whether this server signed the statement, and the columns still say the same."""
    if not sealing.is_signed(DOMAIN, prescription.statement.encode(), prescription.signature):
        return False
    statement = read(prescription)
    return prescription.signed_at is not None and (
        statement["code"] == str(prescription.code)
        and statement["order"] == _order(prescription)
        and statement["signed_at"] == _instant(prescription.signed_at)
        and statement["visit"] == str(prescription.visit.code)
        and statement["patient"]["code"] == str(prescription.patient.code)
        and statement["prescriber"]["code"] == str(prescription.clinician.code)
    )


def verification_code(prescription: Prescription) -> str:
    """Three groups of four letters and digits, the same wherever this signature is shown."""
    letters = base64.b32encode(hashlib.sha256(bytes.fromhex(prescription.signature)).digest())
    text = letters.decode()[:12]
    return "-".join((text[:4], text[4:8], text[8:]))


def _order(prescription: Prescription) -> dict[str, Any]:
    return {
        "drug": prescription.drug,
        "strength": prescription.strength,
        "form": prescription.form,
        "quantity": prescription.quantity,
        "directions": prescription.directions,
        "refills": prescription.refills,
        "pharmacy": prescription.pharmacy,
    }


def _check(decision: Decision, reasons: Mapping[str, str]) -> dict[str, Any]:
    with translation.override("en"):
        return {
            "outcome": decision.outcome,
            "code": decision.code,
            "rows": list(decision.rows),
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity,
                    "message": str(finding.message),
                    "reason": reasons.get(checking.key_of(finding), ""),
                }
                for finding in decision.findings
            ],
        }


def _address(whose: Any) -> str:
    return f"{whose.street}, {whose.city}, {whose.state} {whose.postal_code}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _day(at: datetime, zone: str) -> str:
    return timezone.localtime(at, ZoneInfo(zone)).date().isoformat()
