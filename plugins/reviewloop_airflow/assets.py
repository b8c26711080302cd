"""Where the DAGs meet. Each event's ``extra`` is the ref that its producer returned, as JSON."""

from airflow.sdk import Asset

CURATED = Asset("reviews_curated", group="reviewloop")
"""One day's reviews passed every gate; extra: ``CuratedRef``."""

FEATURES = Asset("reviews_features", group="reviewloop")
"""A snapshot with enough that is new to train on; extra: ``FeaturesRef``."""

CANDIDATE = Asset("sentiment_candidate", group="reviewloop")
"""A model version passed every gate; extra: ``CandidateRef``."""

CHAMPION = Asset("sentiment_champion", group="reviewloop")
"""Another version answers from now on; extra: ``ChampionRef``."""

SCORED = Asset("sentiment_scored", group="reviewloop")
"""The champion has read one day; extra: ``PredictionsRef``."""

PRODUCTS = Asset("product_complaints", group="reviewloop")
"""Complaints about a product or a group rose; extra: ``ProductsRef``."""

CHANGED = Asset("training_changed", group="reviewloop")
"""Other code or configuration is deployed than the newest training was begun with; extra: ``ChangeRef`` with what changed."""

REMAKING = Asset("features_changed", group="reviewloop")
"""Other code or configuration is deployed than the newest snapshot was made with; extra: ``ChangeRef`` with what changed."""

DRIFT = Asset("sentiment_drift", group="reviewloop")
"""A scored day is unlike what the champion was judged on; extra: ``DriftRef`` with the evidence."""
