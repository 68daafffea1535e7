"""The WSGI application that `make run` and a deployment serve with granian."""

import os

from flowza import threads

threads.limit()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flowza.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402  (threads first)

application = get_wsgi_application()

from apps.workflows import live_process  # noqa: E402  (the apps first)

# It imports what previews need while nobody waits for one.
live_process.process.warm()
