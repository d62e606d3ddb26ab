"""What a fault leaves in the log, in either format: where it was, and no local variable."""

import subprocess
import sys

import pytest

from timebound.server.config import LogFormat

# In a process of its own, because logs are configured once and for the whole process. The secret is
# put together, so that no line of source has it either.
_FAULT = """
import structlog
from timebound.server.config import LogFormat
from timebound.server.logs import configure_logs

def stumble():
    form = {"client_secret": "-".join(("so", "very", "secret"))}
    raise ValueError(f"stumbled over {len(form)}")

configure_logs(LogFormat(%r))
try:
    stumble()
except ValueError:
    structlog.get_logger().exception("fault", request_id="r-1")
"""


@pytest.mark.documented("issue: structured logs, never secrets")
@pytest.mark.parametrize("log_format", LogFormat)
def test_a_fault_is_logged_without_local_variables(log_format: LogFormat) -> None:
    program = _FAULT % log_format.value
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    assert "so-very-secret" not in done.stderr + done.stdout
    for told in ("stumbled over 1", "in stumble", "r-1"):
        assert told in done.stderr
