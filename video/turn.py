"""Credentials for the TURN relay that live only as long as the visit (coturn's use-auth-secret)."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any


def credentials(secret: str, *, name: str, until: datetime) -> tuple[str, str]:
    """User name `expiry:name` and its password; coturn refuses both once `until` has passed."""
    username = f"{int(until.timestamp())}:{name}"
    # SHA-1 because coturn's shared-secret mechanism is defined with it.
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()


def ice_servers(
    urls: Sequence[str], secret: str, *, name: str, until: datetime
) -> list[dict[str, Any]]:
    """The list that `RTCPeerConnection` takes; empty where the clinic has no relay."""
    if not urls:
        return []
    username, password = credentials(secret, name=name, until=until)
    return [{"urls": list(urls), "username": username, "credential": password}]
