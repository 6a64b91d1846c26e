"""What a process shows on a terminal."""

import os


def read_terminal(leader: int) -> bytes:
    """Read until the other side of a pseudo-terminal is closed, and close this one."""
    shown = b''
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # Linux ends a closed terminal so.
            break
        if not part:
            break
        shown += part
    os.close(leader)
    return shown
