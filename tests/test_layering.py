"""The layout is a law: a module imports from its own line and the lines above it, and nothing else.

Each foreign library has one door. Imports inside of functions delegate upward or put off a cost;
all of them stand here.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
import subprocess
import sys

ROOT = Path(__file__).parents[1] / "policylang"
LINES = [
    ("source", "truth", "values", "diagnostics", "messages"),
    ("language",),
    ("core",),
    ("proof",),
    ("engine",),
    ("analysis",),
    ("testing",),
    ("evidence",),
    ("demo",),
    ("frameworks",),
    ("render",),
    ("cli", "__main__"),
]
RANK = {name: rank for rank, names in enumerate(LINES) for name in names}
DOORS = {
    "pyparsing": {"language/grammar.py"},
    "rfc8785": {"core/canonical.py"},
    "hypothesis": {"testing"},
    "pysat": {"analysis/solver.py"},
    "pytest": {"testing/plugin.py"},
    "click": {"cli"},
    "rich_click": {"cli"},
    "rich": {"cli", "render"},
}
# Imports inside of functions: one-line methods that delegate upward, and costs put off until the
# text of a policy is at hand; pysat is an extra, and so is hypothesis.
INSIDE = {
    ("__main__.py", "policylang.cli.main"),
    ("analysis/solver.py", "pysat.solvers"),
    ("core/decision.py", "policylang.analysis.outlook"),
    ("core/decision.py", "policylang.analysis.reasons"),
    ("core/decision.py", "policylang.analysis.settling"),
    ("core/decision.py", "policylang.render.html"),
    ("core/decision.py", "policylang.proof.prover"),
    ("core/decision.py", "policylang.render.json"),
    ("core/loader.py", "policylang.language.parser"),
    ("core/policy.py", "policylang.analysis.counterfactual"),
    ("core/policy.py", "policylang.analysis.settling"),
    ("core/policy.py", "policylang.language.parser"),
    ("core/policy.py", "policylang.language.formatter"),
    ("proof/proof.py", "policylang.proof.telling"),
    ("proof/proof.py", "policylang.render.html"),
    ("proof/proof.py", "policylang.proof.format"),
    ("proof/proof.py", "policylang.proof.tree"),
    ("render/json.py", "policylang.analysis.outlook"),
    ("testing/collecting.py", "hypothesis"),
    ("testing/collecting.py", "policylang.testing.laws"),
    ("testing/collecting.py", "policylang.testing.trials"),
    ("testing/plugin.py", "policylang.core.loader"),
    ("testing/plugin.py", "policylang.testing.collecting"),
}


@cache
def modules() -> dict[str, ast.Module]:
    paths = sorted(ROOT.rglob("*.py"))
    return {p.relative_to(ROOT).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in paths}


def imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            if node.module == "policylang":
                yield from ((node, f"policylang.{alias.name}") for alias in node.names)
            else:
                yield node, node.module


def for_types_only(tree: ast.Module) -> set[int]:
    """Return the statements below ``if TYPE_CHECKING``."""
    return {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }


def inside_functions(tree: ast.Module) -> set[int]:
    functions = (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return {id(inner) for function in functions for inner in ast.walk(function)}


def test_a_module_imports_from_its_own_line_and_the_lines_above() -> None:
    for name, tree in modules().items():
        if name == "__init__.py":
            continue
        typed, inside = for_types_only(tree), inside_functions(tree)
        own = RANK[name.removesuffix(".py").split("/")[0]]
        for node, target in imports(tree):
            part = target.split(".")[1] if target.startswith("policylang.") else None
            if part is None or part.startswith("__") or id(node) in typed | inside:
                continue
            assert RANK[part] <= own, f"{name} imports {target}"


def test_imports_inside_of_functions_are_listed() -> None:
    found = {
        (name, target)
        for name, tree in modules().items()
        for inside in [inside_functions(tree)]
        for node, target in imports(tree)
        if id(node) in inside
    }
    assert found == INSIDE


def test_each_foreign_library_has_its_door() -> None:
    for name, tree in modules().items():
        for _, target in imports(tree):
            doors = DOORS.get(target.split(".")[0])
            if doors is not None:
                assert any(name == door or name.startswith(f"{door}/") for door in doors), f"{name}: {target}"


def test_deciding_with_a_loaded_policy_imports_no_parser_and_no_command() -> None:
    code = """
import pickle, sys, policylang
heavy = {"pyparsing", "hypothesis", "click", "rich_click", "rich"}
assert not heavy & set(sys.modules), "import policylang"
policy = pickle.loads(sys.stdin.buffer.read())
decision = policy.decide({"scores": {"cbrn": {"post_mitigation": "High"}}})
assert decision["deploy"] is policylang.Outcome.FORBIDDEN
assert decision.fired and not decision.permits("deploy")
assert not [name for name in sys.modules if "proof" in name], "a proof is built when it is asked for"
decision.to_dict(), decision.proof.to_dict(), decision.proof.explain()
assert not heavy & set(sys.modules), sorted(heavy & set(sys.modules))
"""
    import pickle

    import policylang

    data = pickle.dumps(policylang.loads("post_mitigation >= High -> forbid deploy"))
    subprocess.run([sys.executable, "-c", code], input=data, check=True)


def test_checking_imports_no_explanations_of_decisions() -> None:
    """A check is run often, in editors and hooks; what it never shows is not imported."""
    code = """
import sys
from policylang.cli.main import run
assert run(["check", "preparedness"]) == 0
late = {"policylang.cli.deciding", "policylang.proof.prover", "policylang.render.html"}
assert not late & set(sys.modules), sorted(late & set(sys.modules))
"""
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_measuring_examples_imports_no_hypothesis() -> None:
    """`policylang test --mutate` is for those who install no extra but `analysis`."""
    code = """
import sys
sys.modules["hypothesis"] = None  # importing it would fail
from policylang.cli.main import run
assert run(["test", "--mutate", "--limit", "3", "--fail-under", "0", "preparedness_beta"]) == 0
"""
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_the_checker_of_proofs_is_small_and_independent() -> None:
    """It imports no evaluator, no compiler and no engine, nor anything that does."""
    pending, seen = ["proof/verify.py"], set()
    while pending:
        name = pending.pop()
        seen.add(name)
        tree = modules()[name]
        typed, inside = for_types_only(tree), inside_functions(tree)
        for node, target in imports(tree):
            file = "/".join(target.split(".")[1:]) + ".py"
            if id(node) not in typed | inside and file not in seen and (ROOT / file).exists():
                pending.append(file)
    assert not seen & {f"core/{name}.py" for name in ("evaluator", "compiler", "decision", "support")}
    assert not {name for name in seen if name.startswith(("engine", "analysis"))}
    assert "proof/prover.py" not in seen
    lines = len((ROOT / "proof/verify.py").read_text(encoding="utf-8").splitlines())
    assert lines < 300
