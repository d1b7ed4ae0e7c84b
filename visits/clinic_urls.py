"""Pages of the clinic's admins that are about visits; the others are in accounts."""

from django.urls import path

from visits.views import desk, visit_types

urlpatterns = [
    path("clinic/", desk.clinic, name="clinic"),
    path("clinic/notices/<uuid:code>/resend/", desk.resend_notice, name="resend_notice"),
    path("clinic/visit-types/", visit_types.visit_types, name="visit_types"),
    path("clinic/visit-types/add/", visit_types.add_visit_type, name="add_visit_type"),
    path("clinic/visit-types/<uuid:code>/", visit_types.edit_visit_type, name="edit_visit_type"),
]
