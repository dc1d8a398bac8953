from datetime import date

import pytest

from tasks.warehouse.renames import BadRenames, LinkedRename, read_renames, renames_of_the_file

ALWAYS = date(1900, 1, 1)


def renamed(*entries: str) -> list[LinkedRename]:
    lines = (entry.split() for entry in entries)
    return read_renames("renames:\n" + "".join(f"- {{from: {old}, to: {new}, since: {on}}}\n" for old, new, on in lines), "renames.yaml")


def test_the_file_of_the_checkout_is_valid() -> None:
    assert LinkedRename("FB", "META", date(2022, 6, 9), ALWAYS, "META") in renames_of_the_file()


def test_a_symbol_that_is_renamed_again_leads_to_the_newest_name() -> None:
    first, second = renamed("AAA BBB 2010-01-04", "BBB CCC 2020-01-02")
    assert (first.series_symbol, second.series_symbol) == ("CCC", "CCC")


def test_a_symbol_that_another_company_took_has_a_series_each() -> None:
    first, second = renamed("FB META 2022-06-09", "FB ZZZ 2025-03-03")
    assert first == LinkedRename("FB", "META", date(2022, 6, 9), ALWAYS, "META")
    assert second == LinkedRename("FB", "ZZZ", date(2025, 3, 3), date(2022, 6, 9), "ZZZ")


def test_a_name_that_comes_back_is_no_endless_chain() -> None:
    first, second = renamed("AAA BBB 2010-01-04", "BBB AAA 2020-01-02")
    assert (first.series_symbol, second.series_symbol) == ("AAA", "AAA")


@pytest.mark.parametrize(
    "entry", ["FB FB 2022-06-09", "FB META soon", "FB NO 2022-06-09", "'' META 2022-06-09", "FB META 2022-06-09T00:00:00Z"]
)
def test_an_invalid_rename_names_itself(entry: str) -> None:
    with pytest.raises(BadRenames, match=r"renames\.yaml has an invalid rename"):
        renamed(entry)


@pytest.mark.parametrize("text", ["", "renames: 3", "renames: [{from: FB}]", "renames: [", "- FB"])
def test_what_is_no_list_of_renames_is_refused(text: str) -> None:
    with pytest.raises(BadRenames, match="is not a list of renames"):
        read_renames(text, "renames.yaml")


def test_one_symbol_is_renamed_once_a_day() -> None:
    with pytest.raises(BadRenames, match="twice on one day"):
        renamed("FB META 2022-06-09", "FB ZZZ 2022-06-09")
