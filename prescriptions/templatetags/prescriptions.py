"""The prescriptions of a visit, for the pages of visits that show them."""

from django import template

from prescriptions import panel
from visits.models import Visit

register = template.Library()


@register.simple_tag
def prescription_panel(visit: Visit) -> panel.Panel:
    """For the visit's clinician: drafts, signed and cancelled ones."""
    return panel.of(visit)


@register.simple_tag
def prescriptions_of(visit: Visit) -> list[panel.Row]:
    """For the patient: signed and cancelled ones."""
    return panel.signed_of(visit)
