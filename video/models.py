"""The room of a visit, what happened on its connections, and practice calls. Nothing clinical."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from visits.models import Visit


class Role(models.TextChoices):
    """A side of a call, as the server decides it."""

    PATIENT = "patient", _("Patient")
    CLINICIAN = "clinician", _("Clinician")


class Room(models.Model):
    """Where a visit's two browsers find each other. Its code never leaves the server."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="room")
    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    opened_at = models.DateTimeField(null=True)  # when the clinician admitted
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opened_at=None) | Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="room_closes_after_it_opens",
            ),
        ]

    def __str__(self) -> str:
        return f"room of {self.visit_id}"


class CallEvent(models.Model):
    """One thing that happened to somebody's connection. Only ever added (a trigger sees to it)."""

    class Kind(models.TextChoices):
        JOINED = "joined", _("joined")
        LEFT = "left", _("left")
        CONNECTED = "connected", _("connected")
        RECONNECTED = "reconnected", _("reconnected")
        FAILED = "failed", _("could not connect")
        DEVICES = "devices", _("camera or microphone problem")

    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="events")
    role = models.CharField(max_length=10, choices=Role)
    kind = models.CharField(max_length=12, choices=Kind)
    cause = models.CharField(max_length=20, blank=True, default="")  # protocol.Cause
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="call_event_role_known"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["joined", "left", "connected", "reconnected", "failed", "devices"]
                ),
                name="call_event_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.kind}"


class PracticeCall(models.Model):
    """One person's try of camera, microphone and connection against the practice partner."""

    class Device(models.TextChoices):
        WORKS = "works", _("works")
        SILENT = "silent", _("no sound was heard from it")
        DENIED = "denied", _("the browser was not allowed to use it")
        NO_DEVICE = "no_device", _("none was found")
        BUSY = "busy", _("another program uses it")
        IN_APP = "in_app", _("this app's own browser cannot use it")
        INSECURE = "insecure", _("the page's address is not secure")
        OLD_BROWSER = "old_browser", _("this browser is too old")
        UNKNOWN_DEVICE = "unknown_device", _("it did not start")

    class Connection(models.TextChoices):
        GOOD = "good", _("good")
        FAIR = "fair", _("fair")
        POOR = "poor", _("weak")
        NONE = "none", _("no connection")

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="practice_calls")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    camera = models.CharField(max_length=16, choices=Device, blank=True, default="")
    microphone = models.CharField(max_length=16, choices=Device, blank=True, default="")
    connection = models.CharField(max_length=8, choices=Connection, blank=True, default="")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False) | Q(camera="", microphone="", connection=""),
                name="practice_result_only_when_ended",
            ),
            models.UniqueConstraint(
                "user", condition=Q(ended_at=None), name="practice_one_open_per_user"
            ),
        ]

    def __str__(self) -> str:
        return f"practice of {self.user_id}"

    @property
    def is_connection_well(self) -> bool:
        return self.connection in (self.Connection.GOOD, self.Connection.FAIR)

    @property
    def is_all_well(self) -> bool:
        return self.camera == self.microphone == self.Device.WORKS and self.is_connection_well
