"""``import ringfence`` gives every public name and pays for none of them."""

import ast
import json
import subprocess
import sys
from importlib import import_module

import pytest

import ringfence
from tests.architecture.source import imports, modules

NAMES_MAX = 23
"""A reader learns so many names; more belong in a room."""


def test_the_list_of_public_names_is_complete_and_short() -> None:
    facade = modules()["__init__.py"]
    typed = {name for name in imports(facade) if name.startswith("ringfence.")}
    assert ringfence.__all__ == sorted(ringfence.__all__)
    assert set(ringfence.__all__) == {name.rpartition(".")[2] for name in typed}
    assert dir(ringfence) == ringfence.__all__
    assert len(ringfence.__all__) <= NAMES_MAX


def test_a_type_checker_sees_the_room_that_a_program_gets() -> None:
    homes = ast.literal_eval(
        next(
            node.value
            for node in modules()["__init__.py"].body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES"
        )
    )
    typed = {name for name in imports(modules()["__init__.py"]) if name.startswith("ringfence.")}
    assert {f"ringfence.{room}.{name}" for name, room in homes.items()} == typed


@pytest.mark.parametrize("name", ringfence.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    found = getattr(ringfence, name)
    assert callable(found)
    assert (found.__doc__ or "").strip()
    assert getattr(import_module(found.__module__), name) is found


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'get_margin'"):
        _ = ringfence.get_margin


def test_the_facade_alone_loads_no_room() -> None:
    program = "import json, sys, ringfence; print(json.dumps([m for m in sys.modules if m.startswith('ringfence.')]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


@pytest.mark.parametrize("module", modules())
def test_no_room_imports_the_facade(module: str) -> None:
    # import-linter forbids the module; this forbids the names, which would load it as well.
    assert "ringfence" not in imports(modules()[module])
    assert not {f"ringfence.{name}" for name in ringfence.__all__} & imports(modules()[module])
