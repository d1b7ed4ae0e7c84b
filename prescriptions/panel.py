"""What the chart shows of a visit's prescriptions, and what can be done with each now."""

from collections.abc import Sequence
from dataclasses import dataclass

from prescriptions import checking, documents, writing
from prescriptions.findings import Finding
from prescriptions.models import Prescription
from visits.models import Visit


@dataclass(frozen=True)
class Row:
    """`state` is stop, reasons (they are missing), ready, signed or cancelled."""

    prescription: Prescription
    state: str
    amount: str
    stops: tuple[Finding, ...] = ()  # why a draft cannot be signed as it is


@dataclass(frozen=True)
class Panel:
    visit: Visit
    rows: Sequence[Row]
    may_prescribe: bool
    is_time: bool
    is_on_call: bool  # then nothing may lead away from the page: it would end the call

    @property
    def may_write(self) -> bool:
        return self.may_prescribe and self.is_time


def of(visit: Visit) -> Panel:
    shown = visit.prescriptions.exclude(status=Prescription.Status.DISCARDED)
    rows = list(shown.prefetch_related("reasons"))
    known = checking.known_of(visit) if any(each.is_draft for each in rows) else None
    return Panel(
        visit=visit,
        rows=[_row(visit, each, known) for each in rows],
        may_prescribe=writing.may_prescribe(visit),
        is_time=writing.is_time(visit),
        is_on_call=not visit.is_over,
    )


def signed_of(visit: Visit) -> list[Row]:
    """Those that the patient may read."""
    shown = visit.prescriptions.filter(status__in=["signed", "cancelled"])
    return [_row(visit, each) for each in shown]


def _row(visit: Visit, prescription: Prescription, known: checking.Known | None = None) -> Row:
    prescription.visit = visit  # with its people: not asked for again for each row
    amount = documents.amount(prescription.quantity, prescription.refills)
    if not prescription.is_draft:
        return Row(prescription, prescription.status, amount)
    reviewed = writing.review(prescription, known=known)
    state = "stop" if reviewed.is_stopped else "reasons" if reviewed.missing else "ready"
    return Row(prescription, state, amount, reviewed.decision.at("stop"))
