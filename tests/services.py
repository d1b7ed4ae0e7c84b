"""One PostgreSQL and one Redis for the whole test run, started before the settings are read.

Loaded with `-p tests.services` (pyproject.toml). Workers of pytest-xdist inherit the addresses.
"""

import os
from pathlib import Path

from telemed import embedded

ROOT = Path(__file__).resolve().parent.parent

os.environ.setdefault("DEMO", "1")
os.environ["DATABASE_POOL"] = "0"
os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / "test"))
os.environ["CHANNEL_PREFIX"] = f"telemed-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"

data_dir = Path(os.environ["DATA_DIR"])
embedded.give_secrets(data_dir)
is_ours = not os.environ.get("DATABASE_URL")
embedded.start(data_dir, with_redis=True)
if is_ours:
    embedded.make_hasty()
(data_dir / "static").mkdir(exist_ok=True)  # WhiteNoise warns where there is none
