"""The note's life: written in a draft that saves itself, signed once, corrected by addenda only.

Only the visit's clinician writes. Every verb locks the note's row and reads it again. What is
signed never changes here or in the database (trigger `note_signed_is_locked`); its seal proves
that to anybody who computes it again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import User
from accounts.refusal import Refused
from visits import notices
from visits.models import Addendum, Note, Visit
from visits.signals import visit_moved

PARTS = ("subjective", "objective", "assessment", "plan", "for_patient")
NEEDED = ("assessment", "plan")

# A note saves itself every few seconds: one audit row for each stretch of writing is enough.
STRETCH = timedelta(minutes=10)


class NoteChanged(Refused):
    """Somebody, most likely the same person in another tab, saved since this page was read."""

    code = "note_changed"
    message = _("This note was changed on another page after you opened this one.")

    def __init__(self, note: Note) -> None:
        super().__init__()
        self.note = note


class NoteIsSigned(Refused):
    code = "note_is_signed"
    message = _("This note is signed and cannot be changed. Add an addendum instead.")


class NoteNotSigned(Refused):
    code = "note_not_signed"
    message = _("This note is not signed yet. Change the note itself.")


class NoteUnfinished(Refused):
    """`missing` names the parts that a signed note needs and this one does not have."""

    code = "note_unfinished"
    message = _("The note needs an assessment and a plan before it can be signed.")

    def __init__(self, missing: Iterable[str]) -> None:
        super().__init__()
        self.missing = tuple(missing)


class VisitNotStarted(Refused):
    code = "visit_not_started"
    message = _("The visit has not started yet, so there is nothing to sign.")


class AddendumEmpty(Refused):
    code = "addendum_empty"
    message = _("Write what you want to add.")


def open_note(visit: Visit, *, by: User) -> Note:
    """The visit's note, or a blank one that is stored when something is first saved in it."""
    _may_write(visit, by)
    return Note.objects.filter(visit=visit).first() or Note(visit=visit, author=visit.clinician)


def save(note: Note, *, parts: Mapping[str, str], version: int, by: User) -> Note:
    """Keep these parts. `version` is the one that the writer last read; an older one is refused.

    The same words again are no change, so that a page which lost the answer may ask again.
    """
    _may_write(note.visit, by)
    with transaction.atomic():
        Note.objects.get_or_create(visit=note.visit, defaults={"author": note.visit.clinician})
        note = _locked(note.visit)
        if note.is_signed:
            raise NoteIsSigned
        if all(getattr(note, part) == words for part, words in parts.items()):
            return note
        if note.version != version:
            raise NoteChanged(note)
        is_new_stretch = note.version == 0 or timezone.now() - note.saved_at > STRETCH
        for part, words in parts.items():
            setattr(note, part, words)
        note.version += 1
        note.save(update_fields=[*parts, "version", "saved_at"])
        if is_new_stretch:
            audit.record("note.write", note.visit, by=by, patient=note.visit.patient)
    return note


def sign(note: Note, *, by: User, version: int | None = None) -> Note:
    """Lock the note for good. With `version`, only if that is still what is stored."""
    _may_write(note.visit, by)
    if note.visit.started_at is None:
        raise VisitNotStarted
    if note.pk is None:
        raise NoteUnfinished(NEEDED)
    with transaction.atomic():
        note = _locked(note.visit)
        if note.is_signed:
            raise NoteIsSigned
        if version is not None and note.version != version:
            raise NoteChanged(note)
        if missing := [part for part in NEEDED if not getattr(note, part).strip()]:
            raise NoteUnfinished(missing)
        note.signed_at = timezone.now()
        note.signed_by = note.visit.clinician
        note.seal = seal_of(note)
        note.save(update_fields=["signed_at", "signed_by", "seal"])
        if note.visit.is_over:
            notices.summary_ready(note.visit)
        _announce(note.visit)
        audit.record("note.sign", note.visit, by=by, patient=note.visit.patient)
    return note


def add_addendum(note: Note, *, text: str, by: User) -> Addendum:
    """Add to a signed note, beside what was signed."""
    _may_write(note.visit, by)
    if not text.strip():
        raise AddendumEmpty
    if not note.is_signed:
        raise NoteNotSigned
    with transaction.atomic():
        addendum = Addendum.objects.create(
            note=note, author=note.visit.clinician, text=text.strip(), at=timezone.now()
        )
        _announce(note.visit)
        audit.record("note.addendum", note.visit, by=by, patient=note.visit.patient)
    return addendum


def seal_of(note: Note) -> str:
    """SHA-256, in hex, over the words, the visit, the signer and the time: canonical JSON, UTF-8.

    Keys are sorted and nothing stands between them; the time is UTC, in microseconds.
    """
    if note.signed_by is None or note.signed_at is None:
        raise ValueError("only a note that has a signer and a time can be sealed")
    statement = {
        "parts": {part: getattr(note, part) for part in PARTS},
        "signed_at": _instant(note.signed_at),
        "signed_by": note.signed_by.npi,
        "visit": str(note.visit.code),
    }
    text = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def is_intact(note: Note) -> bool:
    """Whether a signed note still says what was signed."""
    return note.is_signed and note.seal == seal_of(note)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _may_write(visit: Visit, by: User) -> None:
    if visit.clinician.user_id != by.pk:
        raise PermissionDenied


def _locked(visit: Visit) -> Note:
    # Re-read under the lock: the caller's copy may be a page old.
    return (
        Note.objects.select_for_update(of=("self",))
        .select_related("visit__clinician", "visit__patient__user", "signed_by")
        .get(visit=visit)
    )


def _announce(visit: Visit) -> None:
    def tell() -> None:
        visit_moved.send(Visit, visit=visit, event=None)

    # Robust: a screen that cannot be told finds out by itself; the signature stands.
    transaction.on_commit(tell, robust=True)
