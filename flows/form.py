"""How a flow's parameter looks in the form of the Prefect UI."""

from typing import Any

from pydantic import Field


def asked(title: str, description: str, example: object = None, **bounds: Any) -> Any:
    """A parameter's title and words in the form, an example, and bounds that the form and the server hold.

    Prefect overwrites a field's own title and description with the parameter's name and nothing; what stands in the schema's extras stays.

    Args:
        title: the label.
        description: what it means, and what an empty field means.
        example: a value as it is typed.
        bounds: pydantic's own: ``ge``, ``le``, ``min_length``, ``max_length``, ``pattern``.
    """
    extra: dict[str, Any] = {"title": title, "description": description} | ({"examples": [example]} if example is not None else {})
    return Field(json_schema_extra=extra, **bounds)
