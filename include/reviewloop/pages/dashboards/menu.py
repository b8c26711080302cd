"""The four pages by their names in addresses, and what each is called where it is linked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reviewloop.pages.dashboards.audit import audit_page
from reviewloop.pages.dashboards.business import business_page
from reviewloop.pages.dashboards.days import Days
from reviewloop.pages.dashboards.engineering import engineering_page
from reviewloop.pages.dashboards.science import science_page
from reviewloop.pages.links import Link


@dataclass(frozen=True)
class Dashboard:
    """For whom the page is, and what makes it: days, where it leads, and the addresses of its scripts, in their order."""

    told: str
    make: Callable[[Days, Sequence[Link], Sequence[str]], str]


DASHBOARDS: Final[Mapping[str, Dashboard]] = {
    "business": Dashboard("Business", business_page),
    "data-scientist": Dashboard("Data scientist", science_page),
    "ml-engineer": Dashboard("ML engineer", engineering_page),
    "auditor": Dashboard("Auditor", audit_page),
}
