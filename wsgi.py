"""The WSGI application: `gunicorn wsgi:app`."""

import sys

from portal import create_app
from portal.config import SettingsError
from portal.profile_file import ProfileError
from portal.web.starting import look_around

try:
    app = create_app()
except (SettingsError, ProfileError) as error:
    sys.exit(f"Workspace Portal cannot start.\n{error}")
look_around(app)
