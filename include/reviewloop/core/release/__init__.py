"""The rules of releases: what an event of the ledger is, and what follows from all of them."""
