"""The warehouse that this deployment has."""

from reviewloop.config import WarehouseConfig, load_config
from reviewloop.errors import NothingToDo


def configured() -> WarehouseConfig:
    """Raises ``NothingToDo`` where there is none."""
    warehouse = load_config().warehouse
    if warehouse is None:
        raise NothingToDo("warehouse is null: a profile that has such a section names one (docs/warehouse.md)")
    return warehouse
