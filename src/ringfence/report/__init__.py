"""Results as rows, frames, JSON, CSV, Markdown, text, figures and a page. Computes nothing."""

from typing import TYPE_CHECKING, Any

from ringfence.contrast import Contrast
from ringfence.margin.assess import Health
from ringfence.report import contrast_json, plain

if TYPE_CHECKING:
    from ringfence.contrast.on_paths import PathContrast


def to_dict(result: "Health | Contrast | PathContrast") -> dict[str, Any]:
    """Return a result as nested dicts of decimal strings, as ``--format json`` writes it."""
    if isinstance(result, Health):
        return plain.health(result)
    if isinstance(result, Contrast):
        return contrast_json.contrast(result)
    from ringfence.report.paths_json import paths_json

    return paths_json(result)


__all__ = ["to_dict"]
