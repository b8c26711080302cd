"""Which new version of a library breaks which test: seen once a week, before anybody needs the new versions."""
