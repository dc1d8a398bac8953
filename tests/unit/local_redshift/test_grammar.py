from typing import Any

import pytest
from sqlglot.dialects.redshift import Redshift

from infra.local.redshift.sql.grammar import Grammar, usable


class Compiled(Redshift):  # type: ignore[misc]
    def parser(self, **_options: Any) -> Any:
        raise TypeError("interpreted classes cannot inherit from compiled")


def test_a_compiled_parser_is_told_with_the_package_to_uninstall() -> None:
    with pytest.raises(ImportError, match="Uninstall sqlglotc"):
        usable(Compiled())
    grammar = Grammar()
    assert usable(grammar) is grammar
