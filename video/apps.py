from django.apps import AppConfig


class VideoConfig(AppConfig):
    name = "video"

    def ready(self) -> None:
        # Models are loaded only now.
        from accounts.signals import license_changed  # noqa: PLC0415
        from video import news  # noqa: PLC0415
        from visits.signals import visit_moved  # noqa: PLC0415

        visit_moved.connect(news.visit_has_moved, dispatch_uid="video.news")
        license_changed.connect(news.license_has_changed, dispatch_uid="video.news.licenses")
