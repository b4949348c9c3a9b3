"""The options of XML readers and writers.

Source: Spark ``XmlOptions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actorstream.errors import IllegalArgumentException, PySparkNotImplementedError

_DECLARATION = 'version="1.0" encoding="UTF-8" standalone="yes"'
_CORRUPT = "_corrupt_record"


@dataclass(frozen=True, slots=True)
class XmlOptions:
    """What of the options concerns XML. Formats are Java's patterns; None reads and writes ISO 8601."""

    row_tag: str = "ROW"
    root_tag: str = "ROWS"
    declaration: str = _DECLARATION
    attribute_prefix: str = "_"
    value_tag: str = "_VALUE"
    array_element_name: str = "item"
    wildcard: str = "xs_any"
    indent: str = "    "
    null_value: str | None = None
    exclude_attribute: bool = False
    ignore_namespace: bool = False
    ignore_surrounding_spaces: bool = True
    infer_schema: bool = True
    prefers_date: bool = True
    prefers_decimal: bool = False
    validate_name: bool = True
    date_format: str | None = None
    time_format: str | None = None
    timestamp_format: str | None = None
    timestamp_ntz_format: str | None = None
    zone: str = "UTC"
    corrupt: str = _CORRUPT

    @staticmethod
    def of(options: Mapping[str, str], zone: str) -> XmlOptions:
        """From options whose keys are in lower case. Raises: IllegalArgumentException, PySparkNotImplementedError."""
        for name in ("rowValidationXSDPath", "singleVariantColumn"):
            if name.lower() in options:
                raise PySparkNotImplementedError(
                    errorClass="NOT_IMPLEMENTED",
                    messageParameters={"feature": f"The option {name} of XML", "remedy": "Leave it out."},
                )
        if options.get("locale", "en-US").replace("_", "-").lower() not in ("en-us", "en"):
            raise PySparkNotImplementedError(
                errorClass="NOT_IMPLEMENTED",
                messageParameters={"feature": "A locale other than en-US", "remedy": "Read the columns as text."},
            )
        found = XmlOptions(
            row_tag=_tag(options, "rowTag", "ROW"),
            root_tag=_tag(options, "rootTag", "ROWS"),
            declaration=_tag(options, "declaration", _DECLARATION, empty=True),
            attribute_prefix=options.get("attributeprefix", "_").strip(),
            value_tag=_filled(options, "valueTag", "_VALUE"),
            array_element_name=_filled(options, "arrayElementName", "item", empty=True),
            wildcard=options.get("wildcardcolname", "xs_any"),
            indent=options.get("indent", "    "),
            null_value=options.get("nullvalue"),
            exclude_attribute=_flag(options, "excludeattribute", False),
            ignore_namespace=_flag(options, "ignorenamespace", False),
            ignore_surrounding_spaces=_flag(options, "ignoresurroundingspaces", True),
            infer_schema=_flag(options, "inferschema", True),
            prefers_date=_flag(options, "preferdate", True),
            prefers_decimal=_flag(options, "prefersdecimal", False),
            validate_name=_flag(options, "validatename", True),
            date_format=options.get("dateformat"),
            time_format=options.get("timeformat"),
            timestamp_format=options.get("timestampformat"),
            timestamp_ntz_format=options.get("timestampntzformat"),
            zone=options.get("timezone", zone),
            corrupt=options.get("columnnameofcorruptrecord", _CORRUPT),
        )
        if found.value_tag == found.attribute_prefix:
            _require(False, "'valueTag' and 'attributePrefix' options should not be the same.")
        return found


def _require(holds: bool, text: str) -> None:
    if not holds:
        raise IllegalArgumentException(f"requirement failed: {text}")


def _filled(options: Mapping[str, str], name: str, default: str, *, empty: bool = False) -> str:
    value = options.get(name.lower(), default).strip()
    _require(bool(value) or empty, f"'{name}' option should not be empty string.")
    return value


def _tag(options: Mapping[str, str], name: str, default: str, *, empty: bool = False) -> str:
    value = options.get(name.lower(), default).strip()
    _require(bool(value) or empty, f"'{name}' option should not be an empty string.")
    _require(not (set(value) & set("<>")), f"'{name}' should not include angle brackets")
    return value


def _flag(options: Mapping[str, str], name: str, default: bool) -> bool:
    return options.get(name, str(default)).lower() == "true"
