"""Who may read which report page. Airflow's auth manager decides, by what the reader may do with the DAG that made the page."""

from typing import Final

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import ResourceMethod
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.models.dag import DagModel

MAKERS: Final = {
    "contract": "reviews_ingest",
    "quality": "reviews_ingest",
    "bias": "reviews_ingest",
    "reading": "reviews_ingest",
    "counts": "reviews_ingest",
    "profile": "reviews_features",
    "exploration": "reviews_features",
    "annotation": "reviews_annotate",
    "labelling": "labels_check",
    "label_errors": "labels_check",
    "training": "sentiment_train",
    "bias_after": "sentiment_train",
    "model": "sentiment_train",
    "leaderboard": "sentiment_leaderboard",
    "drift": "sentiment_monitor",
    "responses": "sentiment_monitor",
    "skew": "sentiment_monitor",
    "products": "product_watch",
    "alerts": "alerts_tend",
    "captures": "captures_collect",
    "traffic": "captures_collect",
    "releases": "sentiment_release",
    "rollouts": "sentiment_rollout",
    "cards": "sentiment_release",
}
"""Pages that quote nothing of the sealed part, by kind, and the DAG that makes them: who may read the DAG may read them."""
QUOTES_SEALED: Final = frozenset({"errors", "behaviour"})
"""Pages that quote sealed reviews. Only who may start a training reads them, and any kind that is named nowhere here."""
TRAINS: Final = "sentiment_train"


def refusal(kind: str, user: BaseUser) -> str:
    """Why ``user`` may not read pages of this kind (a folder under ``reports/``), and what to ask for; empty where he may."""
    maker = MAKERS.get(kind)
    if maker is not None:
        if _may(user, "GET", maker):
            return ""
        return f"this page is of the DAG {maker}, which you may not read: ask an Airflow admin for a role that may read it"
    # To start a run takes more than to read in every auth manager; reading the DAG comes first, for those that keep the two apart.
    if _may(user, "GET", TRAINS) and _may(user, "POST", TRAINS, DagAccessEntity.RUN):
        return ""
    what = "quotes sealed reviews" if kind in QUOTES_SEALED else "is of a kind that may quote sealed reviews"
    return f"this page {what}, for those alone who may start {TRAINS}: ask an Airflow admin for a role that may, such as User"


def _may(user: BaseUser, method: ResourceMethod, dag_id: str, entity: DagAccessEntity | None = None) -> bool:
    details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
    return get_auth_manager().is_authorized_dag(method=method, access_entity=entity, details=details, user=user)
