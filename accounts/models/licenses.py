"""What a clinician may practice on: dated authorities, each with the person who verified it."""

import uuid
from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts import places
from accounts.models.people import Clinician, User


class License(models.Model):
    """One authority of one clinician. Good through its last day (`expires_on` included)."""

    class Kind(models.TextChoices):
        LICENSE = "license", _("State license")
        RN_LICENSE = "rn_license", _("Registered nurse license")
        REGISTRATION = "registration", _("Telehealth registration")
        PRIVILEGE = "privilege", _("Compact privilege")
        PSYPACT_APIT = "psypact_apit", _("PSYPACT authority (APIT)")
        IMLC_LETTER = "imlc_letter", _("IMLC letter of qualification")

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        RESTRICTED = "restricted", _("Restricted")
        REVOKED = "revoked", _("Revoked")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    clinician = models.ForeignKey(Clinician, on_delete=models.PROTECT, related_name="licenses")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.LICENSE)
    state = models.CharField(_("state"), max_length=2, choices=places.STATES)
    number = models.CharField(_("number"), max_length=40)
    is_multistate = models.BooleanField(_("multistate"), default=False)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.ACTIVE)
    issued_on = models.DateField(_("first day"))
    expires_on = models.DateField(_("last day"))
    verified_on = models.DateField(_("checked on"), null=True, blank=True)
    verified_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at_source = models.CharField(
        _("where it was checked"), max_length=200, blank=True, default=""
    )

    class Meta:
        ordering = ["state", "kind", "issued_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__gte=F("issued_on")), name="license_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "suspended", "restricted", "revoked"]),
                name="license_status_known",
            ),
            # "Verified" needs all three: a day, a person and a place.
            models.CheckConstraint(
                condition=Q(
                    verified_on__isnull=True, verified_by__isnull=True, verified_at_source=""
                )
                | (
                    Q(verified_on__isnull=False, verified_by__isnull=False)
                    & ~Q(verified_at_source="")
                ),
                name="license_verified_by_someone",
            ),
            ExclusionConstraint(
                name="license_one_of_a_kind_at_a_time",
                expressions=[
                    (
                        Func(
                            F("clinician_id"), F("clinician_id"), Value("[]"), function="int8range"
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(F("issued_on"), F("expires_on"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                    # btree_gist is not everywhere, so kind and state take part as a range as well.
                    (
                        Func(F("kind"), F("state"), function="int8range_of_words"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.number}"

    def is_in_force_on(self, day: date) -> bool:
        return self.status == self.Status.ACTIVE and self.issued_on <= day <= self.expires_on
