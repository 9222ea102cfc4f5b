"""Results as rows, frames, JSON, CSV, Markdown, text, figures and a page. Computes nothing."""

from typing import Any

from ringfence.contrast import Contrast
from ringfence.margin.assess import Health
from ringfence.report import contrast_json, plain


def to_dict(result: Health | Contrast) -> dict[str, Any]:
    """Return a result as nested dicts of decimal strings, as ``--format json`` writes it."""
    return plain.health(result) if isinstance(result, Health) else contrast_json.contrast(result)


__all__ = ["to_dict"]
