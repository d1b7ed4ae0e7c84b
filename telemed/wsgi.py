"""Pages, over WSGI."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "telemed.settings")
application = get_wsgi_application()

from accounts import encryption  # noqa: E402 - needs loaded apps

encryption.prove_key()
