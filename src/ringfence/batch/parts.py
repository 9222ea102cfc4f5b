"""Parts of kernels: typed and lowered by numba, but neither optimised nor made callable.

numba compiles a function to the end, and then whatever calls it around it once more, level by level, so that what lies
deep is optimised many times over and becomes machine code that nobody runs. A part stops half way: the kernel that it
stands in is optimised once, with all of its parts.
"""

from typing import Any, Final, cast

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, _LowerResult
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.typed_passes import NativeLowering

_PASSES: Final[Any] = DefaultPassBuilder


class _Heap(JITCodeLibrary):
    """What a part and its own parts are made of, linked and left as it is."""

    def finalize(self) -> None:
        """Put everything together."""
        for library in dict.fromkeys(self._linking_libraries):
            self._reload_init.update(library._reload_init)  # noqa: SLF001 - as numba does it
            self._final_module.link_in(library._get_module_for_linking(), preserve=True)  # noqa: SLF001
        self._finalized = True


@cast("Any", register_pass)(mutates_CFG=True, analysis_only=False)
class _Lowering(NativeLowering):
    """numba's own, without the last step."""

    _name = "lowering of a part"

    def run_pass(self, state: Any) -> bool:  # noqa: ANN401 - numba's own
        """Lower a function, and have callers find it."""
        context: Any = state.targetctx
        state.library = cast("Any", _Heap)(context.codegen(), state.func_id.func_qualname)
        cast("Any", super()).run_pass(state)
        state.library.finalize()
        made = state["cr"]
        nobody = {}.__getitem__  # type: ignore[var-annotated] # numba wants a built-in function, for each its own
        context.insert_user_function(nobody, made.fndesc, [state.library])
        state["cr"] = _LowerResult(made.fndesc, made.call_helper, cfunc=nobody, env=made.env)
        return True


class Part(CompilerBase):
    """The passes by which a part is made."""

    def define_pipelines(self) -> list[Any]:
        """Return numba's own, with another end."""
        state: Any = self.state
        state.flags.no_compile = state.flags.no_cpython_wrapper = state.flags.no_cfunc_wrapper = True
        passes: Any = cast("Any", PassManager)("part")
        for first in (_PASSES.define_untyped_pipeline, _PASSES.define_typed_pipeline):
            passes.passes.extend(first(state).passes)
        for one, what in _PASSES.define_nopython_lowering_pipeline(state).passes:
            passes.add_pass(_Lowering if one is NativeLowering else one, what)
        passes.finalize()
        return [passes]
