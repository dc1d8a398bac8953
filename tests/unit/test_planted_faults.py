"""The list of planted faults goes along with the code; planting them takes too long for every time."""

import pytest

from tests.planted_faults import ROOT, Fault, read_faults


@pytest.mark.parametrize("fault", read_faults(()), ids=lambda fault: fault.name.replace(" ", "_"))
def test_a_planted_fault_fits_its_file_and_its_tests(fault: Fault) -> None:
    assert (ROOT / fault.file).read_text().count(fault.text) == 1
    assert all((ROOT / test.partition("::")[0]).exists() for test in fault.tests)
