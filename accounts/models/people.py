"""Who there is: users, the clinic, its staff, patients and clinicians."""

import uuid
from datetime import date
from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts import npi, places
from accounts.encryption import EncryptedDate, EncryptedText


def a_time_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("“%(name)s” is not a time zone."), params={"name": name})


phone_number = RegexValidator(
    r"^\+?[0-9 ().-]{7,20}$", _("Enter a phone number, for example 512-555-0142.")
)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in. What they may do follows from Patient, Clinician, Membership."""

    email = models.EmailField(_("e-mail address"), max_length=254)
    name = EncryptedText(_("name"), max_length=120, blank=True, default="")
    language = models.CharField(
        _("language"), max_length=8, choices=settings.LANGUAGES, default="en"
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="America/New_York", validators=[a_time_zone]
    )
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_one_account_per_email"),
        ]

    def __str__(self) -> str:
        return self.email

    @cached_property
    def is_staff(self) -> bool:
        """Works for a clinic, as clinician or as admin (there is no Django admin site)."""
        return self.memberships.filter(is_active=True).exists()


class Clinic(models.Model):
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    phone = models.CharField(_("phone"), max_length=20, validators=[phone_number])
    street = models.CharField(_("street"), max_length=200)
    city = models.CharField(_("city"), max_length=100)
    state = models.CharField(_("state"), max_length=2, choices=places.STATES)
    postal_code = models.CharField(_("ZIP code"), max_length=10)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[a_time_zone])

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in a clinic. Ended, never deleted: the audit names it."""

    class Role(models.TextChoices):
        CLINICIAN = "clinician", _("Clinician")
        ADMIN = "admin", _("Clinic admin")

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "clinic", "role", name="membership_once_per_role"),
            models.CheckConstraint(
                condition=Q(role__in=["clinician", "admin"]), name="membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id} of {self.clinic_id}"


class Sex(models.TextChoices):
    """Sex as it matters for which safety questions apply; `unknown` asks all of them."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    UNKNOWN = "unknown", _("Other, or I prefer not to say")


class Patient(models.Model):
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="patients")
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="patient")
    name = EncryptedText(_("full name"), max_length=120)
    born_on = EncryptedDate(_("date of birth"))
    sex = models.CharField(_("sex"), max_length=8, choices=Sex)
    phone = EncryptedText(_("phone"), max_length=20, validators=[phone_number])
    street = EncryptedText(_("street and number"), max_length=200)
    city = EncryptedText(_("city"), max_length=100)
    state = models.CharField(_("state"), max_length=2, choices=places.STATES)
    postal_code = EncryptedText(_("ZIP code"), max_length=10)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sex__in=["female", "male", "unknown"]), name="patient_sex_known"
            ),
        ]

    def __str__(self) -> str:
        return f"patient {self.code}"

    def age_on(self, day: date) -> int:
        """Completed years on that day."""
        before_birthday = (day.month, day.day) < (self.born_on.month, self.born_on.day)
        return day.year - self.born_on.year - before_birthday


class Profession(models.TextChoices):
    """As licensing tells them apart; an NP also holds an RN license."""

    PHYSICIAN = "physician", _("Physician")
    NP = "np", _("Nurse practitioner")
    PA = "pa", _("Physician assistant")
    RN = "rn", _("Registered nurse")
    PSYCHOLOGIST = "psychologist", _("Psychologist")
    COUNSELOR = "counselor", _("Professional counselor")
    MFT = "mft", _("Marriage and family therapist")
    SOCIAL_WORKER = "social_worker", _("Clinical social worker")
    PT = "pt", _("Physical therapist")
    SLP = "slp", _("Speech therapist")


# Professions that may write prescriptions here. State limits on NP and PA are not modeled:
# the clinic decides whom it lets prescribe with `Clinician.may_prescribe`.
PRESCRIBING = {Profession.PHYSICIAN, Profession.NP, Profession.PA}


class Clinician(models.Model):
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="clinicians")
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="clinician")
    name = models.CharField(_("name as patients see it"), max_length=120)
    credentials = models.CharField(_("letters after the name"), max_length=40, blank=True)
    profession = models.CharField(_("profession"), max_length=16, choices=Profession)
    npi = models.CharField(_("NPI"), max_length=10, unique=True, validators=[npi.validate])
    languages = ArrayField(
        models.CharField(max_length=8), verbose_name=_("languages"), default=list
    )
    home_state = models.CharField(_("home state"), max_length=2, choices=places.STATES)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[a_time_zone])
    may_prescribe = models.BooleanField(_("may prescribe"), default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(npi__regex=r"^[12][0-9]{9}$"), name="clinician_npi"),
            models.CheckConstraint(
                condition=Q(may_prescribe=False) | Q(profession__in=sorted(PRESCRIBING)),
                name="clinician_prescribes_by_profession",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.credentials}" if self.credentials else self.name
