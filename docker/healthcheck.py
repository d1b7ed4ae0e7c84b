"""Does this container's own server answer? For Docker's HEALTHCHECK; standard library alone.

503 counts as an answer: another part is down then, and a restart of this one would not help.
"""

import http.client
import os
import sys
from urllib.parse import urlsplit


def answers(port: int) -> bool:
    site = urlsplit(os.environ.get("BASE_URL", ""))
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        caller.request("GET", "/healthz", headers={"Host": site.netloc or "127.0.0.1"})
        return caller.getresponse().status in (200, 503)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        caller.close()


if __name__ == "__main__":
    sys.exit(not answers(int(sys.argv[1]) if len(sys.argv) > 1 else 8000))
