"""The intake. Every page is for the patient whose intake it is; everybody else gets 404."""

from django.urls import path

from triage import views

urlpatterns = [
    path("intakes/new/", views.start, name="start_intake"),
    path("intakes/<uuid:code>/place/", views.place, name="intake_place"),
    path("intakes/<uuid:code>/reason/", views.reason, name="intake_reason"),
    path("intakes/<uuid:code>/safety/", views.safety, name="intake_safety"),
    path("intakes/<uuid:code>/history/", views.history, name="intake_history"),
    path("intakes/<uuid:code>/result/", views.result, name="intake_result"),
    path("intakes/<uuid:code>/emergency/", views.emergency, name="emergency"),
    path("history/", views.my_health, name="history"),
]
