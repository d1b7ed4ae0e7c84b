"""Addresses of the sockets. Who may open them: docs/signaling.md, Sockets."""

from django.urls import path

from video import consumers

websocket_urlpatterns = [
    path("ws/visits/<uuid:code>/", consumers.VisitConsumer.as_asgi(), name="ws_visit"),
    path(
        "ws/visits/<uuid:code>/news/", consumers.VisitNewsConsumer.as_asgi(), name="ws_visit_news"
    ),
    path("ws/queue/", consumers.QueueConsumer.as_asgi(), name="ws_queue"),
    path("ws/practice/<uuid:code>/", consumers.PracticeConsumer.as_asgi(), name="ws_practice"),
]
