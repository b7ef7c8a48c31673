"""The portal's settings for its tests: every run has a VAR_DIR of its own."""

import gc
import os
import sys
import tempfile
from pathlib import Path

if "TEST_VAR_DIR" not in os.environ:  # pytest-xdist's workers inherit the controller's
    _folder = Path(tempfile.mkdtemp(prefix="roaming-tests-"))
    _folder.chmod(0o711)
    os.environ["TEST_VAR_DIR"] = str(_folder)
for _name in ("BASE_URL", "PORT", "DEMO", "ALLOWED_HOSTS"):
    os.environ.pop(_name, None)
os.environ["VAR_DIR"] = os.environ["TEST_VAR_DIR"]
# A run starts hundreds of processes: each would compile the whole portal anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Looking for garbage every 700 objects takes a fifth of a run.
gc.set_threshold(200_000, 5, 5)

from roaming.settings import *  # noqa: E402, F403

# Each test process has a queue of its own: workers of another run must not take its tasks.
CELERY_TASK_DEFAULT_QUEUE = f"roaming-tests-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Each client of a test would look through all files under static/ first.
WHITENOISE_AUTOREFRESH = True
