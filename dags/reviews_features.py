"""**Curated reviews become one training input under one digest.**

Reads what people have labelled, takes a snapshot of every curated day, labels it by rating and where a person gave a label by that,
drops repeated texts, splits it by a hash of the text (70/10/20, so that new data never moves old rows), weighs the classes, makes
token ids. The rows go to the feature store (Feast), and training hears of the snapshot when enough of it is new. A profile page
shows what is in it and what changed, a page beside it what its texts are about.

- **Starts**: whenever `reviews_curated` tells of a new day, or `features_changed` of other code or configuration; by hand.
- **Params**: `day`, the last day to take in (empty: all of them).
- **Idempotent**: yes. The same curated rows and labels give the same digest, and nothing is written twice.
- **Resume**: clear the failed task. A skipped `announce_features` is normal: too little was new, and nothing was deployed.
- **Leaves behind**: the asset `reviews_features`, `features/latest.json`, pages under `reports/profile` and `reports/exploration`.
"""

from airflow.sdk import Param, dag

from reviewloop.steps.annotation.take_answers import take_answers
from reviewloop.steps.features.announce_features import announce_features
from reviewloop.steps.features.build_features import build_features
from reviewloop.steps.features.profile_reviews import profile_reviews
from reviewloop.steps.features.publish_features import publish_features
from reviewloop_airflow.assets import CURATED, FEATURES, REMAKING
from reviewloop_airflow.defaults import DAG_DEFAULTS
from reviewloop_airflow.runs import param
from reviewloop_airflow.wiring import FromRun, step


@dag(
    **DAG_DEFAULTS,
    schedule=CURATED | REMAKING,
    doc_md=__doc__,
    tags=["reviews", "data"],
    params={
        "day": Param(
            None, type=["null", "string"], format="date", title="Last day", description="Leave out later days; empty: none."
        )
    },
)
def reviews_features() -> None:
    """Take people's labels in, build, profile, publish to the feature store, announce."""
    features = step(build_features)(day=FromRun(param("day")))
    step(take_answers)() >> features
    step(profile_reviews)(features)
    step(publish_features)(features)
    step(announce_features, outlets=[FEATURES])(features)


reviews_features()
