from django.apps import AppConfig


class VideoConfig(AppConfig):
    name = "video"

    def ready(self) -> None:
        # Models are loaded only now.
        from video import news  # noqa: PLC0415
        from visits.signals import visit_moved  # noqa: PLC0415

        visit_moved.connect(news.visit_has_moved, dispatch_uid="video.news")
