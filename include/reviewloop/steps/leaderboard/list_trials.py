"""What a search is to try, a piece for each task."""

from reviewloop.adapters.leaderboard import workplace
from reviewloop.refs import SearchRef, TrialsRef


def list_trials(search: SearchRef) -> list[TrialsRef]:
    """A few trials of a kind, those of every kind's own settings first: where the time is up, each has lost as many.

    None where nothing is searched.
    """
    searched = [one.name for one in workplace.learners() if one.space]
    return [
        TrialsRef(search=search, kind=kind, first=first, stop=min(first + search.trials_a_task, search.num_trials))
        for first in range(0, search.num_trials, search.trials_a_task)
        for kind in searched
    ]
