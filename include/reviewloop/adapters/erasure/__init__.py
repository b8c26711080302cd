"""One customer's words leave the lake's own data: curated days, snapshots to come, the feature store; and who has read them."""
