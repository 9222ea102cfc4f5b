"""A sample's correlation, drawn towards one that has less noise. Arrays of float64, T moves of C coins."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


def shrunk_correlation(moves: "Floats") -> tuple["Floats", float]:
    """Return the correlation drawn towards one in which all pairs have the mean correlation, and by how much: 0 to 1.

    How much is what makes the expected square error least; variances stay as they are. What comes out is positive
    definite where it is drawn at all.

    Units   moves [1] (T, C), every column moves -> [1], [1]
    Source  Ledoit & Wolf (2004): Honey, I shrunk the sample covariance matrix, appendix B
    """
    away = moves - moves.mean(axis=0)
    count, coins = away.shape
    covariance = away.T @ away / count
    deviation = np.sqrt(np.diag(covariance))
    sample = covariance / np.outer(deviation, deviation)
    np.fill_diagonal(sample, 1.0)
    if coins == 1:
        return sample, 0.0
    mean = (sample.sum() - coins) / (coins * (coins - 1))
    target = mean * np.outer(deviation, deviation)
    np.fill_diagonal(target, np.diag(covariance))
    distance = float(np.square(covariance - target).sum())
    noise, together = _noise(away, covariance, deviation, mean)
    share = 0.0 if distance == 0.0 else min(1.0, max(0.0, (noise - together) / (distance * count)))
    shrunk = (1.0 - share) * sample + share * mean
    shrunk = np.clip((shrunk + shrunk.T) / 2.0, -1.0, 1.0)
    np.fill_diagonal(shrunk, 1.0)
    return np.asarray(shrunk), share


def _noise(away: "Floats", covariance: "Floats", deviation: "Floats", mean: float) -> tuple[float, float]:
    """Return pi and rho of Ledoit and Wolf: the noise of the sample, and how it goes with that of the target."""
    count = len(away)
    squares = np.square(away)
    of_pairs = squares.T @ squares / count - np.square(covariance)
    variance = np.diag(covariance)
    cubes = (squares * away).T @ away / count
    with_own = cubes - variance[:, None] * covariance
    np.fill_diagonal(with_own, 0.0)
    ratio = np.outer(1.0 / deviation, deviation)
    return float(of_pairs.sum()), float(np.diag(of_pairs).sum() + mean * (ratio * with_own).sum())


def student_df(moves: "Floats", correlation: "Floats") -> float:
    """Return the degrees of freedom of the Student law of several coins that makes moves most likely; 2.1 to 200.

    Moves are taken over their deviations; 200 is as good as normal.

    Units   moves [1] (T, C), correlation [1] positive definite -> [1]
    Source  maximum likelihood of the multivariate t law of covariance R; Kotz & Nadarajah (2004), equation 1.1
    """
    from scipy.optimize import minimize_scalar  # noqa: PLC0415 - a second, for who fits
    from scipy.special import gammaln  # noqa: PLC0415 - as above

    scaled = (moves - moves.mean(axis=0)) / moves.std(axis=0)
    coins = scaled.shape[1]
    squares = np.einsum("ti,ti->t", scaled, np.linalg.solve(correlation, scaled.T).T)

    def unlikely(log_excess: float) -> float:
        excess = float(np.exp(log_excess))
        df = 2.0 + excess
        level = gammaln((df + coins) / 2.0) - gammaln(df / 2.0) - coins / 2.0 * np.log(excess)
        return float((df + coins) / 2.0 * np.log1p(squares / excess).mean() - level)

    found = minimize_scalar(unlikely, bounds=(np.log(0.1), np.log(198.0)), method="bounded")
    return float(2.0 + np.exp(found.x))
