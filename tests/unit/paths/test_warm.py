"""What walks paths is compiled once, by a command or by the first run, and is then known to be."""

from ringfence.batch.walk.warm import is_warm
from ringfence.paths.warm import warm_up


def test_after_a_warm_up_every_kernel_over_paths_is_kept() -> None:
    warm_up()
    assert is_warm()
