"""Makes a test of the user's own that notices a drift: theirs, with the drift on, expecting that something is said."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pytest

    from greycard_suite.score.told.findings import Finding

SECONDS = 10
"""Real seconds after which a test that does not end is ended."""


def pasted(finding: Finding, items: Mapping[str, pytest.Item]) -> str:
    """The source of a test that fails today because of a finding; empty where none can be made."""
    result, drift = finding.result, finding.first.drift
    if result.test not in items or finding.kind == "crashes":
        return ""
    return test_for(items[result.test], drift.id, drift.sentence, drift.lines, endless=finding.kind == "endless")


def test_for(item: pytest.Item, drift: str, sentence: str, lines: Sequence[str], *, endless: bool) -> str:
    """The source of a test that fails as long as the application says nothing of the drift; empty where there is none.

    `item` is the user's test under which the drift was not noticed. Its parameters and decorators are kept.
    """
    function = getattr(item, "function", None)
    if function is None:
        return ""
    try:
        source = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
        node = ast.parse(source).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return ""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return ""
    vendor = drift.partition("/")[0]
    body = _body(node, source)
    head = _head(node, vendor, f"test_says_that_{_name(drift)}")
    source_lines = f" ({', '.join(lines)})" if lines else ""
    marks = "".join(f"@{ast.unparse(one)}\n" for one in node.decorator_list)
    if endless:
        marks += f"@pytest.mark.greycard_ends_within({SECONDS})\n"
    inside = textwrap.indent(body, " " * 8)
    place = f"# in class {item.cls.__name__}\n" if getattr(item, "cls", None) is not None else ""  # type: ignore[attr-defined]
    return (
        f"{place}{marks}{head}\n"
        f'    """{_quoted(sentence)}{source_lines} The application must say so, or be made not to mind."""\n'
        f'    {vendor}.set_drifts("{drift.partition("/")[2]}")\n'
        f"    with pytest.raises(Exception):  # the error that your application raises\n"
        f"{inside}\n"
    )


def _name(drift: str) -> str:
    return re.sub(r"\W+", "_", drift.partition("/")[2]).strip("_").lower()


def _head(node: ast.FunctionDef | ast.AsyncFunctionDef, vendor: str, name: str) -> str:
    arguments = node.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    given = ast.unparse(arguments)
    if vendor not in names:
        is_method = names[:1] == ["self"]
        given = f"self, {vendor}{given[4:]}" if is_method else f"{vendor}, {given}".removesuffix(", ")
    word = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns is not None else ""
    return f"{word} {name}({given}){returns}:"


def _body(node: Any, source: str) -> str:
    statements = node.body
    if ast.get_docstring(node) is not None and len(statements) > 1:
        statements = statements[1:]
    lines = source.splitlines()[statements[0].lineno - 1 : statements[-1].end_lineno]
    return textwrap.dedent("\n".join(lines))


def _quoted(sentence: str) -> str:
    return sentence.replace("\\", "\\\\").replace('"""', "'''")
