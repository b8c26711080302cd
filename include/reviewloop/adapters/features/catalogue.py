"""What there is: each feature with its owner, its null rule, what it costs, and what it adds."""

from typing import Any

from reviewloop.adapters.features import offline
from reviewloop.config import FeatureConfig, GroupConfig, load_config
from reviewloop.errors import PermanentError


def described(group: GroupConfig | None = None) -> list[dict[str, Any]]:
    """Of each feature of the group (of all groups without one) its row, and since when the store knows the newest values."""
    groups = (group,) if group else load_config().feature_store.groups
    return [_row(one, of, offline.held(of)) for of in groups for one in of.features]


def search(word: str) -> list[dict[str, Any]]:
    """The rows of the features that have the word in group, name, owner or description, whatever its case."""
    if not word.strip():
        raise PermanentError("what: is blank; give a word to search for")
    wanted = word.strip().casefold()
    return [row for row in described() if any(wanted in str(row[name]).casefold() for name in ("feature", "owner", "description"))]


def _row(one: FeatureConfig, group: GroupConfig, held: offline.Held) -> dict[str, Any]:
    state = "deleted" if held.is_deleted else held.known_at or "never published"
    return {
        "feature": f"{group.name}.{one.name}", "key": group.key, "type": one.type, "missing": one.missing, "owner": one.owner,
        "cost_us": one.cost_us, "trains": one.trains, "gain": one.ablation.gain if one.ablation else None,
        "gain_from": one.ablation.low if one.ablation else None, "rows": held.num_rows, "known_at": state,
        "description": one.description,
    }  # fmt: skip
