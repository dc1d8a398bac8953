"""A throw-away environment for each peer, and its sources: from the package index by pip, or from a folder."""

import shutil
import subprocess
import sys
import tarfile
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.suites import Peer

_INSTALL_SECONDS = 1800
_RUN_SECONDS = 3600


class Unavailable(Exception):
    """A peer, or its tests, cannot be had; the text says which and what to do."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment with one peer in it."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def run_pytest(self, arguments: Sequence[str], folder: Path, variables: Mapping[str, str], output: Path) -> None:
        """Run its pytest in a folder; what it prints goes to a file.

        Raises:
            Unavailable: it did not end within an hour.
        """
        command = [str(self.python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", *arguments]
        inherited = {"PATH": f"{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        with output.open("w", encoding="utf-8") as told:
            try:
                subprocess.run(
                    command,
                    cwd=folder,
                    env={**inherited, **variables},
                    stdout=told,
                    stderr=subprocess.STDOUT,
                    timeout=_RUN_SECONDS,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise Unavailable(f"the run did not end within {_RUN_SECONDS} s") from error


def make_environment(folder: Path, requirements: Sequence[str], trusted: Path) -> Environment:
    """Return an environment with these packages; one that is already there is used again.

    Raises:
        Unavailable: pip cannot install them.
    """
    environment = Environment(folder)
    made = folder / "requirements"
    if not made.is_file() or made.read_text(encoding="utf-8") != "\n".join(requirements):
        shutil.rmtree(folder, ignore_errors=True)
        venv.EnvBuilder(with_pip=True).create(folder)
        _pip([str(environment.python), "-m", "pip", "install", "-q", *requirements])
        made.write_text("\n".join(requirements), encoding="utf-8")
    _trust(folder, trusted)
    return environment


def sources(peer: Peer, given: Path | None, folder: Path) -> Path:
    """Return a copy of a peer's sources with its tests, without what would hide the installed package.

    Raises:
        Unavailable: the index has no source distribution of it, or one without its tests; or the sources given lie where the copy goes.
    """
    if given is not None and given.resolve().is_relative_to(folder.resolve()):
        raise Unavailable(f"{given} is where the copy goes, which is made anew: keep the checkout elsewhere")
    shutil.rmtree(folder, ignore_errors=True)
    if given is not None:
        shutil.copytree(given, folder, ignore=shutil.ignore_patterns(".git"), symlinks=True)
    else:
        _unpack(peer, folder)
    lacking = [path for path in peer.tests if not (folder / path).exists()]
    if lacking:
        where = f"{given}" if given else f"the source distribution of {peer.distribution}"
        raise Unavailable(f"{where} has no {', '.join(lacking)}: give a checkout by --source {peer.name}=FOLDER")
    for shadow in peer.shadows:
        shutil.rmtree(folder / shadow, ignore_errors=True)
    return folder


def _unpack(peer: Peer, folder: Path) -> None:
    downloads = folder.with_name(folder.name + "-download")
    shutil.rmtree(downloads, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "--no-build-isolation"]
    try:
        _pip([*command, "-d", str(downloads), peer.distribution])
    except Unavailable as error:
        # pip asks the package for its metadata after the download; the archive is what is wanted.
        if not list(downloads.glob("*.tar.gz")):
            raise Unavailable(
                f"the package index has no source distribution of {peer.distribution}: give a checkout by --source {peer.name}=FOLDER"
            ) from error
    archive = next(downloads.glob("*.tar.gz"))
    unpacked = folder.with_name(folder.name + "-unpacked")
    shutil.rmtree(unpacked, ignore_errors=True)
    with tarfile.open(archive) as opened:
        opened.extractall(unpacked, filter="data")
    next(unpacked.iterdir()).rename(folder)


def _pip(command: Sequence[str]) -> None:
    command = [*command, "--disable-pip-version-check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error" in line.lower()] or ["pip failed"]
        raise Unavailable(errors[-1].strip()[:300])


def _trust(folder: Path, trusted: Path) -> None:
    """Let the drivers that carry their own list of authorities trust the local one, in this environment alone."""
    for bundle in (folder / "lib").glob("python*/site-packages/*/**/*ca-bundle.crt"):
        kept = bundle.with_suffix(".original")
        if not kept.exists():
            shutil.copyfile(bundle, kept)
        bundle.write_bytes(kept.read_bytes() + b"\n" + trusted.read_bytes())
