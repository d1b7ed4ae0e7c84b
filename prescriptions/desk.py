"""The desk: where one prescription is written, in the chart or on a page of its own.

The steps are: find a medicine, order it, look at the safety check, save the draft. In the chart
each step changes the desk alone, so that the call goes on; without a script it is a page.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from prescriptions import checking, drugs, naming, panel, prescribing, writing
from prescriptions.drugs import Drug
from prescriptions.findings import Decision
from prescriptions.forms import APART, FindForm, OrderForm, ReasonsForm
from prescriptions.models import Prescription
from visits.models import Visit


class Desk:
    """One request at the desk. `prescription` is the draft that is changed, if there is one."""

    def __init__(
        self,
        request: HttpRequest,
        visit: Visit,
        user: User,
        prescription: Prescription | None = None,
    ) -> None:
        self.request, self.visit, self.user = request, visit, user
        self.prescription = prescription
        self.target = request.htmx.target if request.htmx else None  # type: ignore[attr-defined]

    def answer(self) -> HttpResponse:
        if self.request.method != "POST":
            return self._start()
        typed = self.request.POST
        step = typed.get("step")
        if step == "other":
            return self._show("find", {"form": FindForm()})
        if step == "find":
            return self._find()
        drug = drugs.find(typed.get("drug", ""))
        if drug is None:
            return self._find()
        if step == "check":
            return self._check(drug)
        if step == "save":
            return self._save(drug)
        return self._order(drug, OrderForm(drug=drug, initial=self._usual()))

    def _start(self) -> HttpResponse:
        if self.request.GET.get("step") == "close":
            return self._show("idle", {})
        if self.request.GET.get("step") == "saved":
            return self._still_saved(self.request.GET.get("draft", ""))
        drug = drugs.find(self.prescription.drug) if self.prescription else None
        if self.prescription is None or drug is None:
            return self._show("find", {"form": FindForm()})
        initial = OrderForm.initial_of(self.prescription)
        response = self._order(drug, OrderForm(drug=drug, initial=initial))
        audit.record(
            "prescription.read",
            self.prescription,
            by=self.user,
            patient=self.prescription.patient,
        )
        return response

    def _still_saved(self, code: str) -> HttpResponse:
        """Nothing new while the draft is one; then an empty answer takes its notice away."""
        drafts = self.visit.prescriptions.filter(status="draft").values_list("code", flat=True)
        return HttpResponse(status=204 if code in map(str, drafts) else 200)

    def _find(self) -> HttpResponse:
        form = FindForm(self.request.POST)
        found = naming.search(form.cleaned_data["typed"]) if form.is_valid() else []
        if self.target == "found":
            context = {"found": found, "is_searched": form.is_valid()}
            return render(self.request, "prescriptions/_found.html", context)
        exact = drugs.find(form.cleaned_data["typed"].lower()) if form.is_valid() else None
        if exact or len(found) == 1:
            drug = exact or found[0]
            return self._order(drug, OrderForm(drug=drug, initial=self._usual()))
        if form.is_valid() and not found:
            form.add_error(
                "typed",
                _("This is not in the list of medicines, so it cannot be checked or signed here."),
            )
        context = {"form": form, "found": found}
        return self._show("find", context, status=200 if found else 422)

    def _order(
        self,
        drug: Drug,
        form: OrderForm,
        reasons: ReasonsForm | None = None,
        *,
        typed: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        decision = self._decide(drug, form)
        reasons = reasons or self._reasons_form(decision, initial=typed)
        context = {
            "drug": drug,
            "form": form,
            "decision": decision,
            "checks": checks_of(decision, reasons, {}),
            "reasons_form": reasons,
            "limits": prescribing.LIMITS,
        }
        if self.target == "safety":
            return render(self.request, "prescriptions/_safety.html", context)
        return self._show("order", context, status=status)

    def _check(self, drug: Drug) -> HttpResponse:
        """What is typed so far is kept, and not complained of before it is saved."""
        typed = self.request.POST.dict()
        mark = f"{ReasonsForm.PREFIX}-"
        reasons = {k.removeprefix(mark): text for k, text in typed.items() if k.startswith(mark)}
        return self._order(drug, OrderForm(drug=drug, initial=typed), typed=reasons)

    def _save(self, drug: Drug) -> HttpResponse:
        form = OrderForm(self.request.POST, drug=drug)
        decision = self._decide(drug, form)
        reasons = self._reasons_form(decision, self.request.POST)
        # Both are asked, so that everything wrong is said at once.
        if not all([form.is_valid(), reasons.is_valid()]):
            return self._order(drug, form, reasons, status=422)
        order = {"drug": drug.name, **form.order, "reasons": reasons.reasons, "by": self.user}
        if self.prescription:
            saved = writing.change(self.prescription, **order)
        else:
            saved = writing.draft(self.visit, **order)
        stops = decision.at("stop")
        if self.request.htmx:  # type: ignore[attr-defined]
            context = {"saved": saved, "stops": stops, "panel": panel.of(self.visit)}
            return self._show("idle", context)
        if stops:
            said = _(
                "The draft is saved, but the safety check stops it: it cannot be signed as it is."
            )
            messages.error(self.request, " ".join([said, *(str(stop.message) for stop in stops)]))
        else:
            messages.success(self.request, _("The draft is saved. It is not signed yet."))
        if self.prescription:  # changed on the way to its signature
            return redirect("sign_prescription", self.prescription.code)
        return to_chart(self.visit)

    def _decide(self, drug: Drug, form: OrderForm) -> Decision:
        about = form.about if form.is_bound else _chosen(form)
        order = Prescription(
            pk=self.prescription.pk if self.prescription else None,
            visit=self.visit,
            patient=self.visit.patient,
            drug=drug.name,
            **about,
        )
        return checking.findings_for(order)

    def _reasons_form(
        self,
        decision: Decision,
        data: QueryDict | None = None,
        *,
        initial: Mapping[str, str] | None = None,
    ) -> ReasonsForm:
        known = self.prescription.reasons.all() if self.prescription else []
        kept = {reason.about: reason.text for reason in known} | dict(initial or {})
        return ReasonsForm(data, warnings=decision.at("warn"), initial=kept)

    def _usual(self) -> dict[str, Any]:
        """No refills, and the pharmacy of last time."""
        before = Prescription.objects.filter(patient=self.visit.patient).exclude(status="discarded")
        last = before.order_by("-created_at").first()
        return {"refills": 0, "pharmacy": last.pharmacy if last else ""}

    def _show(self, step: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
        url = (
            reverse("change_prescription", args=[self.prescription.code])
            if self.prescription
            else reverse("draft_prescription", args=[self.visit.code])
        )
        in_panel = bool(self.request.htmx)  # type: ignore[attr-defined]
        context |= {
            "step": f"prescriptions/_{step}.html",
            "url": url,
            "visit": self.visit,
            "prescription": self.prescription,
            "in_panel": in_panel,
        }
        template = context["step"] if in_panel else "prescriptions/draft.html"
        return render(self.request, template, context, status=status)


def _chosen(form: OrderForm) -> dict[str, Any]:
    """What an untouched form shows, as far as the check asks for it."""
    shown = form.initial.get("presentation", "")
    known_form, _apart, strength = shown.partition(APART)
    try:
        refills = min(max(int(form.initial.get("refills") or 0), 0), 99)
    except ValueError:
        refills = 0
    return {"form": known_form, "strength": strength, "refills": refills}


def checks_of(
    decision: Decision, form: ReasonsForm | None, reasons: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each finding with the box for its reason, or without a form, the reason that was written."""
    checks = []
    for finding in decision.findings:
        key = checking.key_of(finding)
        box = form[key] if form and key in form.fields else None
        reason = "" if box else reasons.get(key, "")
        checks.append({"finding": finding, "key": key, "box": box, "reason": reason})
    return checks


def to_chart(visit: Visit) -> HttpResponse:
    return redirect(reverse("chart", args=[visit.code]) + "#prescriptions")
