"""An image is built with what leads pip to packages on this machine, and with nothing else of it."""

from pathlib import Path

from infra.docker.package_sources import leading, words


def test_only_what_leads_to_packages_is_taken_environment_first() -> None:
    """Only what leads to packages is taken and the environment comes first."""
    files = "global.cert='/certificates/theirs.pem'\nglobal.user='true'\nglobal.index-url='https://packages.example.com/simple'"
    listed = f":env:.cert='/certificates/mine.pem'\n{files}"
    assert leading(listed) == {"cert": "/certificates/mine.pem", "index-url": "https://packages.example.com/simple"}


def test_a_machine_without_settings_adds_nothing() -> None:
    assert leading("") == {}


def test_folders_of_settings_are_mounted_with_what_an_index_points_at(tmp_path: Path) -> None:
    """Folders that the settings name are mounted with what an index points at."""
    (tmp_path / "index" / "simple").mkdir(parents=True)
    (tmp_path / "wheels").mkdir()
    settings = {
        "extra-index-url": f"file://{tmp_path}/index/simple https://packages.example.com",
        "find-links": f"{tmp_path}/wheels /nowhere",
    }
    file = tmp_path / "pip.conf"
    assert words(settings, file) == [
        "--volume",
        f"{file}:/etc/pip.conf:ro",
        "--volume",
        f"{tmp_path}/index:{tmp_path}/index:ro",
        "--volume",
        f"{tmp_path}/wheels:{tmp_path}/wheels:ro",
    ]
