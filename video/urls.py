from django.urls import path

from video import views

app_name = "video"
urlpatterns = [
    path("practice/", views.practice, name="practice"),
    path("practice/start/", views.start_practice, name="start_practice"),
    path("practice/<uuid:code>/", views.practice_call, name="practice_call"),
    path("practice/<uuid:code>/end/", views.end_practice, name="end_practice"),
]
