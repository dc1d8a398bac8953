"""Where pip finds packages on this machine, as arguments of ``buildah build``: a proxy's certificate, an index, folders of wheels.

Written to a file that the build sees as ``/etc/pip.conf`` and that does not enter the image. Prints nothing where pip has no settings.

    python3 infra/docker/package_sources.py FILE
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

_LEADING = ("cert", "default-timeout", "extra-index-url", "find-links", "index-url", "no-index", "proxy", "trusted-host")


def leading(listed: str) -> dict[str, str]:
    """The settings that lead to packages, of what ``pip config list`` prints; the environment's come before the files'.

    Args:
        listed: a line each, ``global.index-url='...'`` or ``:env:.index-url='...'``.
    """
    found: dict[str, str] = {}
    lines = [line.partition("=") for line in listed.splitlines() if "=" in line]
    for place, _, value in sorted(lines, key=lambda line: line[0].startswith(":env:")):
        name = place.rpartition(".")[2]
        if name in _LEADING:
            found[name] = value.strip().strip("'\"").replace("\\n", " ")
    return found


def folders(settings: Mapping[str, str]) -> Iterator[Path]:
    """Every place on this machine that the settings name and that is there."""
    for name, value in settings.items():
        for word in value.split():
            path = Path(urlsplit(word).path if word.startswith("file://") else word)
            if path.is_absolute() and path.exists():
                # The pages of an index point at files beside its folder.
                yield path.parent if name.endswith("index-url") else path


def words(settings: Mapping[str, str], file: Path) -> list[str]:
    """What buildah is told, a word each."""
    mounted = [f"{file}:/etc/pip.conf:ro", *dict.fromkeys(f"{path}:{path}:ro" for path in folders(settings))]
    return [word for volume in mounted for word in ("--volume", volume)]


def main(name: str) -> None:
    """Writes the file and prints the words."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    settings = leading(listed)
    if settings:
        file = Path(name)
        file.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()))
        sys.stdout.write("".join(f"{word}\n" for word in words(settings, file)))


if __name__ == "__main__":
    main(sys.argv[1])
