"""Sockets over ASGI; in `make run` the pages as well."""

import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "telemed.settings")
pages = get_asgi_application()

from accounts import encryption  # noqa: E402 - needs loaded apps
from video.routing import websocket_urlpatterns  # noqa: E402 - needs loaded apps

encryption.prove_key()

application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)
