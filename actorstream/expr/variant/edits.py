"""Changes in variants: ``variant_insert variant_set variant_array_append variant_delete variant_strip_nulls``.

All of them take a tree and the steps of a path and give a new tree; what they do not change is shared with the old one.

Source: Spark ``VariantPathUtils``, found by trying.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from actorstream.expr.variant.encoding import NULL, Members, Tree, primitive
from actorstream.expr.variant.paths import Step

_NULL = primitive(NULL)
Steps: TypeAlias = "Sequence[Step]"


class PathMismatch(Exception):
    """A path wants a field of what is no object or an element of what is no array. `reached` is the path to that value."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self.reached = "$" + "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in steps)


class KeyExists(Exception):
    """A field that was to be added is there."""


def inserted(tree: Tree, steps: Steps, value: Tree) -> Tree:
    """With a new field, or an element in front of the one at that place. Raises: PathMismatch, KeyExists."""

    def last(parent: Tree, step: Step) -> Tree:
        if isinstance(parent, Members):
            raise KeyExists(step)
        assert isinstance(parent, list)
        assert isinstance(step, int)
        return [*parent[:step], value, *parent[step:]]

    return _changed(tree, steps, 0, last, lambda rest: _built(rest, value))


def with_value(tree: Tree, steps: Steps, value: Tree, *, create: bool) -> Tree:
    """With another value at a place; with `create` also where there is none yet. Raises: PathMismatch."""
    build = (lambda rest: _built(rest, value)) if create else None
    return _changed(tree, steps, 0, lambda parent, step: _replaced(parent, step, value), build)


def appended(tree: Tree, steps: Steps, value: Tree) -> Tree:
    """With one more element in the array at a place, if there is one. Raises: PathMismatch."""

    def longer(array: Tree) -> Tree:
        if not isinstance(array, list) or isinstance(array, Members):
            raise PathMismatch(steps)
        return [*array, value]

    if not steps:
        return longer(tree)
    return _changed(tree, steps, 0, lambda parent, step: _replaced(parent, step, longer(_part(parent, step))), None)


def deleted(tree: Tree, steps: Steps) -> Tree:
    """Without a field or an element, if it is there."""

    def last(parent: Tree, step: Step) -> Tree:
        if isinstance(parent, Members):
            return Members(pair for pair in parent if pair[0] != step)
        assert isinstance(parent, list)
        assert isinstance(step, int)
        return [*parent[:step], *parent[step + 1 :]]

    try:
        return _changed(tree, steps, 0, last, None)
    except PathMismatch:
        return tree


def without_nulls(tree: Tree, *, arrays: bool) -> Tree:
    """Without the fields that are null and, with `arrays`, the elements, at every depth."""
    if isinstance(tree, Members):
        return Members((name, without_nulls(item, arrays=arrays)) for name, item in tree if item != _NULL)
    if isinstance(tree, list):
        return [without_nulls(item, arrays=arrays) for item in tree if not arrays or item != _NULL]
    return tree


def _changed(
    tree: Tree,
    steps: Steps,
    depth: int,
    last: Callable[[Tree, Step], Tree],
    build: Callable[[Steps], Tree] | None,
) -> Tree:
    """The tree with `last` done to the parent of what the path leads to; what is missing is built from the rest of the path.

    Without `build` nothing is done if something is missing.
    """
    step = steps[depth]
    fits = (
        isinstance(tree, Members) if isinstance(step, str) else isinstance(tree, list) and not isinstance(tree, Members)
    )
    if not fits:
        raise PathMismatch(steps[:depth])
    if not _has(tree, step):
        return tree if build is None else _added(tree, step, build(steps[depth + 1 :]))
    if depth == len(steps) - 1:
        return last(tree, step)
    return _replaced(tree, step, _changed(_part(tree, step), steps, depth + 1, last, build))


def _has(tree: Tree, step: Step) -> bool:
    if isinstance(tree, Members):
        return any(name == step for name, _ in tree)
    assert isinstance(tree, list)
    assert isinstance(step, int)
    return step < len(tree)


def _part(tree: Tree, step: Step) -> Tree:
    if isinstance(tree, Members):
        return next(item for name, item in tree if name == step)
    assert isinstance(tree, list)
    assert isinstance(step, int)
    return tree[step]


def _replaced(tree: Tree, step: Step, value: Tree) -> Tree:
    if isinstance(tree, Members):
        return Members((name, value if name == step else item) for name, item in tree)
    assert isinstance(tree, list)
    assert isinstance(step, int)
    return [*tree[:step], value, *tree[step + 1 :]]


def _added(tree: Tree, step: Step, value: Tree) -> Tree:
    """A new field, or an element behind as many nulls as are missing."""
    if isinstance(tree, Members):
        assert isinstance(step, str)
        return Members([*tree, (step, value)])
    assert isinstance(tree, list)
    assert isinstance(step, int)
    return [*tree, *[None] * (step - len(tree)), value]


def _built(steps: Steps, value: Tree) -> Tree:
    for step in reversed(steps):
        value = _added(Members() if isinstance(step, str) else [], step, value)
    return value
