"""Addresses of prescriptions: the visit's clinician writes them, its patient reads the signed."""

from django.urls import URLPattern, path

from prescriptions import views

urlpatterns: list[URLPattern] = [
    path("visits/<uuid:code>/prescriptions/", views.prescription_list, name="prescription_list"),
    path(
        "visits/<uuid:code>/prescriptions/new/", views.draft_prescription, name="draft_prescription"
    ),
    path("prescriptions/<uuid:code>/", views.prescription, name="prescription"),
    path(
        "prescriptions/<uuid:code>/prescription.pdf",
        views.prescription_pdf,
        name="prescription_pdf",
    ),
    path(
        "prescriptions/<uuid:code>/change/", views.change_prescription, name="change_prescription"
    ),
    path(
        "prescriptions/<uuid:code>/reasons/",
        views.explain_prescription,
        name="explain_prescription",
    ),
    path("prescriptions/<uuid:code>/sign/", views.sign_prescription, name="sign_prescription"),
    path(
        "prescriptions/<uuid:code>/discard/",
        views.discard_prescription,
        name="discard_prescription",
    ),
    path(
        "prescriptions/<uuid:code>/cancel/", views.cancel_prescription, name="cancel_prescription"
    ),
]
