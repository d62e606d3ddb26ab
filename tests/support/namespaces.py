"""A place of a command's own where Microsoft's host names are this machine."""

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

ENTER: Final = Path(__file__).parents[2] / "docs" / "examples" / "with_public_names.sh"
HOW_TO_GET_IT: Final = (
    "No namespace can be made: unshare, mount (util-linux), ip (iproute2) and a kernel that lets "
    "users have namespaces are needed"
)


@cache
def is_permitted() -> bool:
    """Whether this machine lets us make one."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    tried = subprocess.run([ENTER, "true"], check=False, capture_output=True)
    return tried.returncode == 0
