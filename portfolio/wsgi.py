"""The WSGI application, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from portfolio import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")
if embedded.is_needed():
    held = embedded.start(embedded.locate(embedded.data_directory()))
application = get_wsgi_application()
