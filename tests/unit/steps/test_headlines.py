"""Headlines of steps: nouns and pronouns agree with their numbers."""

from tasks.maintain import Maintenance
from tasks.rebuild import Rebuilt


def test_a_headline_of_maintenance_agrees_with_its_numbers() -> None:
    one = Maintenance(1, 1, snapshots=1, flow_runs=1).headline
    assert one == "1 rejected body, 1 old file of lake-snapshots/, 1 ended silence and 1 old flow run in Prefect removed"
    many = Maintenance(1200, 0, snapshots=2, flow_runs=2000).headline
    assert many == "1,200 rejected bodies, 2 old files of lake-snapshots/, 0 ended silences and 2,000 old flow runs in Prefect removed"


def test_a_headline_of_a_rebuild_agrees_with_its_numbers() -> None:
    assert Rebuilt(2, 1, 1, ("splits of r1",)).headline == (
        "2 loads repeated, 1 row, 1 of them from its kept file (splits of r1), 1 removal by retention"
    )
    assert Rebuilt(3, 9, 2, ("splits of r1", "splits of r2")).headline == (
        "3 loads repeated, 9 rows, 2 of them from their kept files (splits of r1, splits of r2), 2 removals by retention"
    )
