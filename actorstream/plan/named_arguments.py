"""Arguments by name, ``f(b => 2, a => 1)``: which parameter each of them is for."""

from __future__ import annotations

from collections.abc import Sequence

from actorstream.errors import AnalysisException
from actorstream.expr.nodes import Expression, NamedArgument
from actorstream.expr.typing import edit_distance


def by_name(routine: str, parameters: Sequence[str], args: Sequence[Expression]) -> dict[str, Expression]:
    """The value of each parameter that has one, by its name in lower case.

    Raises: AnalysisException UNRECOGNIZED_PARAMETER_NAME, DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.*.
    """
    plain = [item for item in args if not isinstance(item, NamedArgument)]
    by_position = {name.lower(): item for name, item in zip(parameters, plain, strict=False)}
    given = dict(by_position)
    for argument in args:
        if not isinstance(argument, NamedArgument):
            continue
        name = argument.name.lower()
        if name not in map(str.lower, parameters):
            raise _unknown(routine, parameters, argument.name)
        if name in given:
            twice = "BOTH_POSITIONAL_AND_NAMED" if name in by_position else "DOUBLE_NAMED_ARGUMENT_REFERENCE"
            raise AnalysisException(
                errorClass=f"DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.{twice}",
                messageParameters={"routineName": f"`{routine}`", "parameterName": f"`{argument.name}`"},
            )
        given[name] = argument.value
    return given


def _unknown(routine: str, parameters: Sequence[str], given: str) -> AnalysisException:
    near = sorted(parameters, key=lambda name: edit_distance(name, given))[:3]
    return AnalysisException(
        errorClass="UNRECOGNIZED_PARAMETER_NAME",
        messageParameters={
            "routineName": f"`{routine}`",
            "argumentName": f"`{given}`",
            "proposal": " ".join(f"`{name}`" for name in near),
        },
    )
