"""Coins that contradict themselves are refused, and told what would do."""

import numpy as np
import pytest

from ringfence.core.errors import BookError
from ringfence.formula.model.correlation import least_eigenvalue, nearest_correlation, offenders, root_of
from ringfence.paths.coins import Coins

TRIANGLE = np.array([[1, 0.9, -0.9, 0], [0.9, 1, 0.9, 0.1], [-0.9, 0.9, 1, 0], [0, 0.1, 0, 1]], float)
NAMES = ("BTC", "ETH", "SOL", "DOGE")


def test_a_matrix_that_is_no_correlation_names_its_assets_and_the_nearest_that_is_one() -> None:
    with pytest.raises(BookError, match="correlations of BTC, ETH, SOL contradict each other") as refused:
        Coins(NAMES, np.ones(4), TRIANGLE)
    assert '"BTC,SOL" = -0.5' in str(refused.value)


def test_the_nearest_correlation_is_that_of_highams_example() -> None:
    given = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    near = nearest_correlation(given)
    assert near[0, 1] == pytest.approx(0.7607, abs=1e-4)
    assert near[0, 2] == pytest.approx(0.1573, abs=1e-4)
    assert least_eigenvalue(near) > -1e-12


def test_the_nearest_to_anything_is_a_correlation_and_no_correlation_seen_is_nearer() -> None:
    source = np.random.default_rng(1)
    for size in (2, 3, 6, 12):
        given = source.uniform(-1.0, 1.0, (size, size))
        given = (given + given.T) / 2.0
        np.fill_diagonal(given, 1.0)
        near = nearest_correlation(given)
        assert (np.diag(near) == 1.0).all()
        assert (near == near.T).all()
        assert least_eigenvalue(near) > -1e-12
        away = np.square(near - given).sum()
        for _ in range(50):
            other = np.corrcoef(source.standard_normal((size, 3 * size)))
            between = near + source.uniform(0.0, 0.1) * (other - near)
            assert np.square(between - given).sum() >= away - 1e-9
        rows = offenders(given)
        if rows:
            assert least_eigenvalue(given[np.ix_(rows, rows)]) < 0.0


def test_what_is_a_correlation_is_its_own_nearest() -> None:
    given = np.array([[1, 0.8, 0.3], [0.8, 1, 0.5], [0.3, 0.5, 1]])
    assert np.abs(nearest_correlation(given) - given).max() < 1e-12
    assert offenders(given) == []


def test_a_singular_correlation_has_a_triangular_root() -> None:
    given = np.array([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]])
    root = root_of(given)
    assert np.abs(root @ root.T - given).max() < 1e-12
    assert (np.triu(root, 1) == 0).all()


@pytest.mark.parametrize(
    ("names", "vols", "correlation", "said"),
    [
        ((), [], np.ones((0, 0)), "there is none"),
        (("A", "A"), [1, 1], np.eye(2), "A comes twice"),
        (("A", "B"), [1], np.eye(2), "2 coins, and numbers of shape"),
        (("A",), [-0.1], np.eye(1), "-0.1 is no volatility"),
        (("A",), [np.nan], np.eye(1), "nan is no volatility"),
        (("A", "B"), [1, 1], np.eye(3), "a matrix of shape"),
        (("A", "B"), [1, 1], np.array([[1, 0.5], [0.4, 1]]), "it has two values"),
        (("A", "B"), [1, 1], np.array([[1, 1.5], [1.5, 1]]), "1.5 is no correlation"),
        (("A", "B"), [1, 1], np.array([[1, 0.5], [0.5, 0.9]]), "0.9 is no correlation"),
        (("A", "B"), [1, 1], np.array([[1, np.nan], [np.nan, 1]]), "it has two values"),
    ],
)
def test_what_is_no_set_of_coins_is_refused(
    names: tuple[str, ...], vols: list[float], correlation: np.ndarray, said: str
) -> None:
    with pytest.raises(BookError, match=said):
        Coins(names, np.array(vols, float), correlation)
