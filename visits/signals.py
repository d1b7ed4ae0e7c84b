"""News that travels up: a visit moved, or something on it changed that its screens show."""

from django.dispatch import Signal

# Sent after the commit, with `visit` and `event` (None when only something beside it changed).
visit_moved = Signal()
