"""What is true of every request: language and zone of the person, second factor, idle time."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User

GetResponse = Callable[[HttpRequest], HttpResponse]

# What staff without a second factor may reach: setting one up, proving who they are, leaving.
BEFORE_SECOND_FACTOR = (
    "/accounts/2fa/",
    "/accounts/reauthenticate/",
    "/accounts/logout/",
    "/accounts/confirm-email/",
    "/accounts/password/",
    "/language/",
    "/static/",
    "/healthz",
)


class Preferences:
    """Language and time zone of the signed-in person; signs out a browser that rested too long."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            timezone.deactivate()
            return self.get_response(request)
        if self._rested_too_long(request, user):
            logout(request)
            messages.info(request, _("You were signed out because nothing happened for a while."))
            return redirect(f"{settings.LOGIN_URL}?next={request.path}")
        timezone.activate(ZoneInfo(user.time_zone))
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        return self.get_response(request)

    @staticmethod
    def _rested_too_long(request: HttpRequest, user: User) -> bool:
        now = timezone.now().timestamp()
        before = request.session.get("seen_at", now)
        limit = settings.IDLE_LIMIT_STAFF if user.is_staff else settings.IDLE_LIMIT_PATIENT
        if now - before > limit.total_seconds():
            return True
        # Written at most once a minute: a page must not cost a write.
        if now - before > 60 or "seen_at" not in request.session:
            request.session["seen_at"] = now
            # The list of sessions that their owner sees; allauth would write it at every request.
            UserSession.objects.create_from_request(request)
        return False


class SecondFactorForStaff:
    """Staff reach nothing but the set-up of a second factor until they have one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            isinstance(user, User)
            and not request.path.startswith(BEFORE_SECOND_FACTOR)
            and user.is_staff
            and not is_mfa_enabled(user)
        ):
            messages.warning(request, _("Before you start, set up a second step for signing in."))
            return redirect("mfa_index")
        return self.get_response(request)
