"""News that travels up: what screens show of a clinician's licenses changed."""

from django.dispatch import Signal

# Sent after the commit, with `clinician`.
license_changed = Signal()
