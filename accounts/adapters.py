"""Where allauth meets us: its mail goes through the outbox, its secrets are encrypted."""

import json
import secrets
from types import SimpleNamespace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from accounts import encryption, notices
from accounts.models import Clinic, Notice, User


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Codes and confirmations are composed now, sealed, and sent like every other notice."""
        clinic = Clinic.objects.order_by("pk").first()
        host = settings.BASE_URL.split("://")[1]
        place = {
            "clinic": clinic,
            "site": settings.BASE_URL,
            "current_site": SimpleNamespace(name=clinic.name if clinic else host, domain=host),
        }
        message = self.render_mail(template_prefix, email, context | place)
        notices.enqueue(
            "account.mail",
            key=f"account.mail:{secrets.token_hex(16)}",
            to=User.objects.filter(email__iexact=email).first(),
            address=email,
            sealed=json.dumps({"subject": message.subject, "body": message.body}),
        )

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Whoever signs up in Spanish gets Spanish mail from the first one on."""
        user.language = (get_language() or settings.LANGUAGE_CODE)[:2]
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True


@notices.kind("account.mail")
def account_mail(notice: Notice) -> notices.Message | None:
    return notices.Message(**json.loads(notice.sealed)) if notice.sealed else None


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text)
