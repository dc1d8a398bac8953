"""Writing a file so that whoever reads it finds the former text or the new one, even if the writer is killed in between."""

import os
from pathlib import Path


def write_whole(file: Path, text: str) -> None:
    """Replaces the file's text at once.

    Args:
        file: in a folder that is there.
        text: all of it.
    """
    # The name is the writer's own: two commands may write at the same time.
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(file)
