"""The step of ``lake_crawl``."""
