"""Addresses of visits. Who may open them: docs/README and the access matrix in tests."""

from django.urls import URLPattern, path

from visits.views import booking, chart, notes, patient, queue, room, schedule, summary

urlpatterns: list[URLPattern] = [
    path("home/patient/", patient.patient_home, name="patient_home"),
    path("intakes/<uuid:code>/times/", booking.find_time, name="find_time"),
    path("intakes/<uuid:code>/hold/", booking.hold, name="hold"),
    path("visits/<uuid:code>/", patient.visit, name="visit"),
    path("visits/<uuid:code>/confirm/", booking.confirm, name="confirm"),
    path("visits/<uuid:code>/reschedule/", booking.reschedule, name="reschedule"),
    path("visits/<uuid:code>/cancel/", booking.cancel, name="cancel"),
    path("visits/<uuid:code>/check-in/", patient.check_in, name="check_in"),
    path("visits/<uuid:code>/room/", room.room, name="room"),
    path("visits/<uuid:code>/room/state/", room.room_state, name="room_state"),
    path("visits/<uuid:code>/summary/", summary.summary, name="summary"),
    path("visits/<uuid:code>/summary.pdf", summary.summary_pdf, name="summary_pdf"),
    path("queue/", queue.queue, name="queue"),
    path("queue/rows/", queue.queue_rows, name="queue_rows"),
    path("visits/<uuid:code>/chart/", chart.chart, name="chart"),
    path("visits/<uuid:code>/chart/state/", chart.chart_state, name="chart_state"),
    path("visits/<uuid:code>/admit/", chart.admit, name="admit"),
    path("visits/<uuid:code>/put-back/", chart.put_back, name="put_back"),
    path("visits/<uuid:code>/complete/", chart.complete, name="complete"),
    path("visits/<uuid:code>/no-show/", chart.no_show, name="no_show"),
    path("visits/<uuid:code>/redirect/", chart.redirect_visit, name="redirect_visit"),
    path("visits/<uuid:code>/note/", notes.save_note, name="save_note"),
    path("visits/<uuid:code>/note/sign/", notes.sign_note, name="sign_note"),
    path("visits/<uuid:code>/note/addendum/", notes.addendum, name="addendum"),
    path("schedule/", schedule.schedule, name="schedule"),
    path("schedule/hours/", schedule.add_hours, name="add_hours"),
    path("schedule/hours/<int:pk>/remove/", schedule.remove_hours, name="remove_hours"),
    path("schedule/days/", schedule.add_exception, name="add_exception"),
    path("schedule/days/<int:pk>/remove/", schedule.remove_exception, name="remove_exception"),
]
