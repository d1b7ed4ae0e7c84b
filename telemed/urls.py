"""Every address there is. A URL without a row in the access matrix fails the tests."""

from django.conf import settings
from django.urls import include, path
from django.views.i18n import set_language

from telemed import design, front, health
from telemed.demo import views as demo_views

handler400 = "telemed.errors.bad_request"
handler403 = "telemed.errors.forbidden"
handler404 = "telemed.errors.not_found"
handler500 = "telemed.errors.broken"

urlpatterns = [
    path("", front.front, name="front"),
    path("home/", front.home, name="home"),
    path("privacy/", front.privacy, name="privacy"),
    path("healthz", health.healthz, name="healthz"),
    path("language/", set_language, name="set_language"),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("triage.urls")),
    path("", include("visits.urls")),
    path("", include("visits.clinic_urls")),
    path("", include("prescriptions.urls")),
    path("", include("video.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("design/", design.look, name="design"))
if settings.DEMO:
    urlpatterns += [
        path("demo/", demo_views.overview, name="demo"),
        path("demo/mail/<str:name>/", demo_views.mail, name="demo_mail"),
    ]
