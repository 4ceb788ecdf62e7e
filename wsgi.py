"""The application for gunicorn: `gunicorn wsgi:app`."""

import guidelines
import search
import training
from wiki.app import create_app

app = create_app(search, guidelines, training)
