"""Who answers, and how that came to be: the ledger of releases, the champion that it names, versions registered once."""
