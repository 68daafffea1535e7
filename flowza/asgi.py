"""The ASGI application, for servers that speak only ASGI. WSGI is faster: prefer flowza.wsgi."""

import os

from flowza import threads

threads.limit()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowza.settings")

from django.core.asgi import get_asgi_application  # noqa: E402  (threads first)

application = get_asgi_application()
