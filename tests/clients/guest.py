"""What runs inside a namespace: the emulator, and the commands of strangers one after another.

`python -m tests.clients.guest FOLDER SERVE_OPTIONS COMMANDS`, the last two as JSON lists.
"""

import json
import subprocess
import sys
from pathlib import Path

from tests.support.running import running


def main(folder: Path, options: list[str], commands: list[list[str]]) -> None:
    """Runs the commands against the emulator; a failure of one is a failure of all."""
    with running(folder, "emulator", *options) as service:
        for command in commands:
            subprocess.run([*command, service.file], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3]))
