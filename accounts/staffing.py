"""The clinic's staff and what they may practice on: the verbs of a clinic admin.

A license's dates and number are never overwritten: a renewal is a new row. Employment ends and
licenses lose their standing; nothing is deleted.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit, notices
from accounts.models import Clinic, Clinician, License, Membership, Notice, User
from accounts.models.people import PRESCRIBING
from accounts.refusal import Refused
from accounts.signals import license_changed


class EmailTaken(Refused):
    code = "email_taken"
    message = gettext_lazy(
        "This address already has an account. Use another, such as one for work."
    )


class NpiTaken(Refused):
    code = "npi_taken"
    message = gettext_lazy("Another clinician has this NPI.")


class MayNotPrescribe(Refused):
    code = "may_not_prescribe"
    message = gettext_lazy("Clinicians of this profession cannot write prescriptions here.")


class LicenseOverlaps(Refused):
    code = "license_overlaps"
    message = gettext_lazy(
        "There is one of this kind for this state already on some of these days."
        " A renewal begins on the day after the last one ends."
    )


class NumberTaken(Refused):
    code = "number_taken"
    message = gettext_lazy("Another clinician has this number in this state.")


class NotVerifiable(Refused):
    code = "not_verifiable"
    message = gettext_lazy("A license can be checked from its record up to today, not later.")


# --- clinicians ---


def add_clinician(
    clinic: Clinic,
    *,
    email: str,
    name: str,
    credentials: str,
    profession: str,
    npi: str,
    languages: Sequence[str],
    home_state: str,
    time_zone: str,
    may_prescribe: bool,
    by: User,
) -> Clinician:
    """A new colleague with an account of their own, and a message on how to sign in.

    The account has no password: the first sign-in is by a code sent to the address, which also
    proves that it is theirs.
    """
    _only_an_admin(clinic, by)
    _refuse_prescribing(profession, may_prescribe)
    with transaction.atomic():
        if User.objects.filter(email__iexact=email).exists():
            raise EmailTaken
        if Clinician.objects.filter(npi=npi).exists():
            raise NpiTaken
        try:
            with transaction.atomic():
                user = User.objects.create_user(email, None, name=name, time_zone=time_zone)
                clinician = Clinician.objects.create(
                    clinic=clinic,
                    user=user,
                    name=name,
                    credentials=credentials,
                    profession=profession,
                    npi=npi,
                    languages=list(languages),
                    home_state=home_state,
                    time_zone=time_zone,
                    may_prescribe=may_prescribe,
                )
        except IntegrityError as error:
            # Somebody else added the same person a moment ago.
            raise (NpiTaken if "npi" in str(error) else EmailTaken) from error
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
        Membership.objects.create(user=user, clinic=clinic, role=Membership.Role.CLINICIAN)
        notices.enqueue(
            "account.welcome",
            key=f"account.welcome:{clinician.code}",
            to=user,
            about=clinician.code,
        )
        audit.record("clinician.add", clinician, by=by)
    return clinician


@notices.kind("account.welcome")
def welcome(notice: Notice) -> notices.Message | None:
    about = notice.subject_code
    clinician = Clinician.objects.select_related("clinic").filter(code=about or UUID(int=0)).first()
    if clinician is None or not clinician.is_active:
        return None
    clinic, address = clinician.clinic.name, notice.address
    link = settings.BASE_URL + reverse("account_request_login_code")
    return notices.Message(
        subject=_("%(clinic)s: your account") % {"clinic": clinic},
        body=_(
            "%(clinic)s has made an account for you.\n\n"
            "To sign in, open %(link)s and enter %(address)s. We will send a code to this address. "
            "Then you will set up a second step for signing in, for example an app on your phone."
        )
        % {"clinic": clinic, "link": link, "address": address},
    )


EDITABLE = (
    "name",
    "credentials",
    "profession",
    "npi",
    "languages",
    "home_state",
    "time_zone",
    "may_prescribe",
)


def edit_clinician(clinician: Clinician, *, by: User, **changes: object) -> Clinician:
    """Set some of EDITABLE. The audit says which, not to what."""
    _only_an_admin(clinician.clinic, by)
    with transaction.atomic():
        clinician = Clinician.objects.select_for_update(of=("self",)).get(pk=clinician.pk)
        changed = [name for name in EDITABLE if name in changes]
        changed = [name for name in changed if changes[name] != getattr(clinician, name)]
        if not changed:
            return clinician
        for name in changed:
            setattr(clinician, name, changes[name])
        _refuse_prescribing(clinician.profession, clinician.may_prescribe)
        if Clinician.objects.filter(npi=clinician.npi).exclude(pk=clinician.pk).exists():
            raise NpiTaken
        clinician.save(update_fields=changed)
        audit.record("clinician.edit", clinician, by=by, detail=" ".join(changed))
    return clinician


def end_employment(clinician: Clinician, *, by: User) -> Clinician:
    """From now on they see nothing of the clinic and nobody can book them. Their work stays."""
    return _set_employed(clinician, False, by=by)


def resume_employment(clinician: Clinician, *, by: User) -> Clinician:
    return _set_employed(clinician, True, by=by)


def _set_employed(clinician: Clinician, is_employed: bool, *, by: User) -> Clinician:
    _only_an_admin(clinician.clinic, by)
    with transaction.atomic():
        clinician = Clinician.objects.select_for_update(of=("self",)).get(pk=clinician.pk)
        if clinician.is_active == is_employed:
            return clinician
        clinician.is_active = is_employed
        clinician.save(update_fields=["is_active"])
        Membership.objects.filter(
            user_id=clinician.user_id, clinic_id=clinician.clinic_id, role=Membership.Role.CLINICIAN
        ).update(is_active=is_employed)
        audit.record("clinician.resume" if is_employed else "clinician.end", clinician, by=by)
    return clinician


# --- licenses ---


def add_license(
    clinician: Clinician,
    *,
    kind: str,
    state: str,
    number: str,
    issued_on: date,
    expires_on: date,
    by: User,
    is_multistate: bool = False,
) -> License:
    """A new row, for a new license and for a renewal alike. Not checked with its source yet."""
    _only_an_admin(clinician.clinic, by)
    with transaction.atomic():
        # One hand at a time in the license book: no constraint knows "another clinician's number".
        Clinic.objects.select_for_update(no_key=True).get(pk=clinician.clinic_id)
        others = License.objects.exclude(clinician=clinician).alias(upper=Upper("number"))
        if others.filter(kind=kind, state=state, upper=number.upper()).exists():
            raise NumberTaken
        try:
            with transaction.atomic():
                row = License.objects.create(
                    clinician=clinician,
                    kind=kind,
                    state=state,
                    number=number,
                    is_multistate=is_multistate,
                    issued_on=issued_on,
                    expires_on=expires_on,
                )
        except IntegrityError as error:
            if "license_one_of_a_kind_at_a_time" in str(error):
                raise LicenseOverlaps from error
            raise
        audit.record("license.add", row, by=by)
        _send_news(row)
    return row


def verify_license(row: License, *, on: date, at_source: str, by: User) -> License:
    """`by` looked it up at `at_source` (a board's register) on that day, and it was as it says."""
    _only_an_admin(row.clinician.clinic, by)
    if on > timezone.localdate() or not at_source.strip():
        raise NotVerifiable
    with transaction.atomic():
        row = _locked(row)
        row.verified_on, row.verified_by, row.verified_at_source = on, by, at_source.strip()
        row.save(update_fields=["verified_on", "verified_by", "verified_at_source"])
        audit.record("license.verify", row, by=by, detail=on.isoformat())
    return row


def change_status(row: License, *, status: str, by: User) -> License:
    """Its standing with the board: active, suspended, restricted or revoked. It counts at once."""
    _only_an_admin(row.clinician.clinic, by)
    with transaction.atomic():
        row = _locked(row)
        if row.status == status:
            return row
        before, row.status = row.status, License.Status(status)
        row.save(update_fields=["status"])
        audit.record("license.status", row, by=by, detail=f"{before} {status}")
        _send_news(row)
    return row


def _send_news(row: License) -> None:
    # A function and no partial: Django names it in its log when it fails.
    def tell() -> None:
        license_changed.send(License, clinician=row.clinician)

    # Robust: a screen that cannot be told finds out by itself; the license book stands.
    transaction.on_commit(tell, robust=True)


def _locked(row: License) -> License:
    return (
        License.objects.select_for_update(of=("self",))
        .select_related("clinician__clinic", "verified_by")
        .get(pk=row.pk)
    )


def _refuse_prescribing(profession: str, may_prescribe: bool) -> None:
    if may_prescribe and profession not in PRESCRIBING:
        raise MayNotPrescribe


def _only_an_admin(clinic: Clinic, user: User) -> None:
    if not user.memberships.filter(
        clinic=clinic, role=Membership.Role.ADMIN, is_active=True
    ).exists():
        raise PermissionDenied
