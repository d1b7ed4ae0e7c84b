"""How to get into the demo clinic: addresses, passphrase, and the code of the moment."""

import time
from dataclasses import dataclass

from allauth.mfa import app_settings
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Known to everybody: the demo's people are made up, and `manage.py seed` runs with DEMO=1 alone.
PASSPHRASE = "calm-harbor-morning-tide"  # noqa: S105
STAFF_SECRET = "HARBORCLINICDEMO2WAVES4TIDES6BOA"  # noqa: S105
ADA, BELLO, DANA = "ada.rivera@example.com", "bello@example.com", "dana@example.com"


@dataclass(frozen=True)
class SignIn:
    who: str
    role: str | Promise
    email: str
    passphrase: str
    needs_code: bool


@dataclass(frozen=True)
class Code:
    digits: str
    seconds_left: int


def sign_ins() -> list[SignIn]:
    """One patient, one clinician, one admin."""
    return [
        SignIn("Ada Rivera", _("Patient"), ADA, PASSPHRASE, needs_code=False),
        SignIn("Dr. Amara Bello", _("Clinician"), BELLO, PASSPHRASE, needs_code=True),
        SignIn("Dana Ortiz", _("Clinic admin"), DANA, PASSPHRASE, needs_code=True),
    ]


def current_code(at: float | None = None) -> Code:
    """The demo staff's six digits at that time (now), and how long they last."""
    at = time.time() if at is None else at
    period: int = app_settings.TOTP_PERIOD
    digits = format_hotp_value(hotp_value(STAFF_SECRET, int(at) // period))
    return Code(digits, period - int(at) % period)


def banner(base_url: str | None = None) -> str:
    """What `make run` ends with: where to go, and as whom."""
    url = (base_url or settings.BASE_URL).rstrip("/")
    code = current_code()
    lines = [
        "",
        "  Harbor Clinic is open:  " + url,
        "",
        *(f"    {one.role!s:<13} {one.email}" for one in sign_ins()),
        f"    passphrase    {PASSPHRASE}",
        f"    staff code    {code.digits}  (for {code.seconds_left} s; the next one: make code,"
        f" or {url}/demo/)",
        "",
        f"  Codes that are sent by e-mail arrive at {url}/demo/. Ctrl-C closes the clinic.",
        "",
    ]
    return "\n".join(lines) + "\n"
