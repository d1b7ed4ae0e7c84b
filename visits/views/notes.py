"""Writing, signing and adding to the note of a visit."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access as people
from accounts import audit
from visits import access, signing
from visits.models import Note, Visit
from visits.note_forms import AddendumForm, NoteForm, VersionForm, parts_of
from visits.views import chart


@require_POST
@login_required
def save_note(request: HttpRequest, code: UUID) -> HttpResponse:
    """From the autosave (a fragment) and from the button (the page). Nothing typed is ever lost."""
    user = people.user_of(request)
    visit = access.visit_of_clinician(user, code)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _not_saved(request, visit, form, "_form_errors.html", {"form": form}, status=422)
    note = signing.open_note(visit, by=user)
    try:
        note = signing.save(note, parts=form.parts, version=form.cleaned_data["version"], by=user)
    except signing.NoteChanged as changed:
        return _changed(request, visit, form, changed)
    except signing.NoteIsSigned as signed:
        typed = [words for part, words in form.parts.items() if words != getattr(note, part)]
        context = {
            "message": signed.message,
            "addendum_form": AddendumForm(initial={"text": "\n\n".join(typed)}),
        }
        return _not_saved(request, visit, form, "errors/_refused.html", context, status=409)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "visits/_note_saved.html", {"note": note})
    messages.success(request, _("The note is saved."))
    return redirect("chart", code)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sign_note(request: HttpRequest, code: UUID) -> HttpResponse:
    """GET shows the whole note as it will be signed; POST signs that version of it."""
    visit = access.visit_of_clinician(people.user_of(request), code)
    return _sign(request, visit)


# Only who may see the visit at all is asked for fresh proof: strangers got their 404 before.
@reauthentication_required
def _sign(request: HttpRequest, visit: Visit) -> HttpResponse:
    user = people.user_of(request)
    note = signing.open_note(visit, by=user)
    if request.method == "POST":
        form = VersionForm(request.POST)
        if form.is_valid():
            signing.sign(note, by=user, version=form.cleaned_data["version"])
            messages.success(request, _("The note is signed. The patient can read the summary."))
            return redirect("chart", visit.code)
        return _review(request, visit, note, status=422)
    audit.record("visit.read", visit, by=user, patient=visit.patient)
    return _review(request, visit, note)


@require_POST
@login_required
def addendum(request: HttpRequest, code: UUID) -> HttpResponse:
    user = people.user_of(request)
    visit = access.visit_of_clinician(user, code)
    form = AddendumForm(request.POST)
    if not form.is_valid():
        context = chart.about(visit) | {"addendum_form": form}
        return render(request, "visits/clinician_visit.html", context, status=422)
    note = signing.open_note(visit, by=user)
    signing.add_addendum(note, text=form.cleaned_data["text"], by=user)
    messages.success(request, _("The addendum is added."))
    return redirect("chart", code)


def _review(request: HttpRequest, visit: Visit, note: Note, *, status: int = 200) -> HttpResponse:
    context = {
        "visit": visit,
        "note": note,
        "parts": parts_of(note),
        "missing": [part for part in parts_of(note) if part.is_needed and not part.words],
        "form": VersionForm(initial={"version": note.version}),
    }
    response = render(request, "visits/sign_note.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _changed(
    request: HttpRequest, visit: Visit, form: NoteForm, changed: signing.NoteChanged
) -> HttpResponse:
    """Both are offered: what is in the boxes stays there, what is stored is shown beside it."""
    typed = form.parts
    others = [part for part in parts_of(changed.note) if part.words != typed[part.name]]
    # A further save of the same page is a decision for what it holds.
    again = NoteForm({**typed, "version": changed.note.version})
    context = {"visit": visit, "note": changed.note, "others": others, "message": changed.message}
    return _not_saved(request, visit, again, "visits/_note_changed.html", context, status=409)


def _not_saved(
    request: HttpRequest,
    visit: Visit,
    form: NoteForm,
    fragment: str,
    context: dict[str, object],
    *,
    status: int,
) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, fragment, context, status=status)
    page = chart.about(visit) | {"note_form": form, "trouble": fragment, **context}
    return render(request, "visits/clinician_visit.html", page, status=status)
