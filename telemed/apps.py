from django.apps import AppConfig


class TelemedConfig(AppConfig):
    name = "telemed"
