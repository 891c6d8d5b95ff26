"""The services' own sources: what would let a stranger's text run, or a secret be guessed, is not in them."""

import ast
from functools import cache
from pathlib import Path

import pytest
from support.suite import ROOT

# Weak or unsafe, and why it is there all the same.
ALLOWED = {
    ("hashlib.sha1", "services/gateway/src/medianest_gateway/limits.py"): "the name Redis gives a script",
    ("random.uniform", "services/auth/src/medianest_auth/service/pin_poller.py"): "spreads questions over time",
    ("random.uniform", "services/requests/src/medianest_requests/service/submitting.py"): "spreads tries over time",
    ("random.random", "services/status/src/medianest_status/service/watching.py"): "spreads looks over time",
}
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
UNPACKS_CODE = {"pickle", "marshal", "shelve", "dill", "yaml", "jsonpickle"}
UNPACKS_ARCHIVES = {"zipfile", "tarfile", "shutil.unpack_archive"}
THROUGH_A_SHELL = {"os.system", "os.popen", "asyncio.create_subprocess_shell", "subprocess.getoutput"}
WEAK = {"hashlib.md5", "hashlib.sha1", "hashlib.new", "crypt.crypt"}
OWN_CIPHERS = {"Crypto", "Cryptodome", "nacl", "rsa", "ecdsa", "simplecrypt", "M2Crypto"}
WEAK_MODES = {"ECB", "CBC", "CTR", "OFB", "CFB", "PKCS1v15", "TripleDES", "ARC4", "Blowfish"}
STATEMENTS = {"text", "exec_driver_sql", "execute", "fetch"}


@cache
def sources() -> dict[str, ast.Module]:
    """Every module of the services and of what they share, by its path."""
    places = [*ROOT.glob("services/*/src"), ROOT / "libs" / "common" / "src"]
    files = [file for place in places for file in place.rglob("*.py")]
    assert len(files) > 150
    return {file.relative_to(ROOT).as_posix(): ast.parse(file.read_text()) for file in files}


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    return [(path, node) for path, tree in sources().items() for node in ast.walk(tree)]


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """Where, what is called as it is written (`hashlib.md5`), and the call."""
    return [(path, _name(node.func), node) for path, node in nodes() if isinstance(node, ast.Call)]


def _name(called: ast.expr) -> str:
    """The dotted name of what is called; of `f(x).g` only the last part."""
    if isinstance(called, ast.Attribute):
        return f"{_name(called.value)}.{called.attr}"
    return called.id if isinstance(called, ast.Name) else ""


def imports() -> set[tuple[str, str]]:
    plain = {(path, alias.name) for path, node in nodes() if isinstance(node, ast.Import) for alias in node.names}
    return plain | {(path, node.module or "") for path, node in nodes() if isinstance(node, ast.ImportFrom)}


def found(names: set[str]) -> set[tuple[str, str]]:
    return {(name, path) for path, name, _ in calls() if name in names} - set(ALLOWED)


def imported(modules: set[str]) -> set[tuple[str, str]]:
    return {(name, path) for path, name in imports() if modules & {name, name.partition(".")[0]}}


def test_no_text_is_run_as_code() -> None:
    assert found(RUNS_TEXT) == set()


def test_nothing_is_run_through_a_shell() -> None:
    assert found(THROUGH_A_SHELL) == set()
    assert not [path for path, _, call in calls() if any(given.arg == "shell" for given in call.keywords)]


def test_nothing_that_could_hold_code_is_unpacked() -> None:
    assert imported(UNPACKS_CODE) == set()


def test_no_archive_is_unpacked() -> None:
    assert imported(UNPACKS_ARCHIVES) == set()


def test_no_statement_is_put_together_from_what_somebody_sent() -> None:
    """Values go beside a statement, never into it; what is put together is so once, when a module is loaded."""
    glued = [
        f"{path}:{call.lineno}"
        for path, tree in sources().items()
        if "/migrations/" not in path
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and _name(call.func).rpartition(".")[2] in STATEMENTS
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert glued == []


def test_no_regular_expression_is_made_of_what_somebody_sent() -> None:
    made = [
        f"{path}:{call.lineno}"
        for path, name, call in calls()
        if name.startswith("re.") and name != "re.escape" and call.args and not _is_fixed(call.args[0])
    ]
    assert made == []


def _is_fixed(pattern: ast.expr) -> bool:
    """A text as it stands in the source, or a name that holds one."""
    return isinstance(pattern, ast.Constant) or (isinstance(pattern, ast.Name) and pattern.id.isupper())


def test_weak_hashes_prove_nothing() -> None:
    assert found(WEAK) == set()


def test_chance_that_can_be_foretold_makes_no_secret() -> None:
    used = {(name, path) for path, name, _ in calls() if name.startswith("random.")}
    assert used - set(ALLOWED) == set()


def test_what_is_allowed_is_still_there() -> None:
    there = {(name, path) for path, name, _ in calls()}
    assert set(ALLOWED) <= there


def test_ciphers_come_from_one_library_and_authenticate() -> None:
    assert imported(OWN_CIPHERS) == set()
    words = {(node.attr, path) for path, node in nodes() if isinstance(node, ast.Attribute)}
    assert not {(word, path) for word, path in words if word in WEAK_MODES}


def test_nothing_of_development_is_switched_on() -> None:
    """No debugger, no stack in an answer, no page that reloads."""
    switched = [
        f"{path}:{call.lineno}"
        for path, _, call in calls()
        for given in call.keywords
        if given.arg in ("debug", "reload")
        and not (isinstance(given.value, ast.Constant) and given.value.value is False)
    ]
    assert switched == []
    assert imported({"pdb", "debugpy", "ipdb", "werkzeug"}) == set()


@pytest.mark.parametrize("suffix", [".map", ".ts", ".tsx", ".env"])
def test_no_source_of_the_web_client_is_served(suffix: str) -> None:
    built = ROOT / "services" / "gateway" / "web" / "dist"
    if not built.is_dir():
        pytest.skip("the web client has not been built here")
    served: list[Path] = [file for file in built.rglob("*") if file.is_file()]
    assert served
    assert not [file for file in served if file.suffix == suffix]
    assert not [file for file in served if b"sourceMappingURL" in file.read_bytes()]
