"""The worker and the beat."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "telemed.settings")

app = Celery("telemed")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def prove_key(**_: object) -> None:
    from accounts import encryption  # noqa: PLC0415 - apps are not loaded when this file is

    encryption.prove_key()
