from django.urls import path

from accounts.views import access_log, clinicians, licenses, profile

# profile, access-log: patients. clinic/…: clinic admins alone (the desk itself is in visits).
urlpatterns = [
    path("profile/", profile.profile, name="profile"),
    path("access-log/", access_log.access_log, name="access_log"),
    path("clinic/clinicians/", clinicians.clinicians, name="clinicians"),
    path("clinic/clinicians/add/", clinicians.add_clinician, name="add_clinician"),
    path("clinic/clinicians/<uuid:code>/", clinicians.edit_clinician, name="edit_clinician"),
    path("clinic/clinicians/<uuid:code>/end/", clinicians.end_employment, name="end_employment"),
    path(
        "clinic/clinicians/<uuid:code>/resume/",
        clinicians.resume_employment,
        name="resume_employment",
    ),
    path("clinic/licenses/", licenses.license_book, name="license_book"),
    path("clinic/licenses/add/", licenses.add_license, name="add_license"),
    path("clinic/licenses/<uuid:code>/verify/", licenses.verify_license, name="verify_license"),
    path(
        "clinic/licenses/<uuid:code>/status/",
        licenses.change_license_status,
        name="change_license_status",
    ),
]
