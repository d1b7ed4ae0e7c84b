"""The composition root. Nothing imports it."""

from telemed.celery import app as celery_app

__all__ = ["celery_app"]
