"""What a search is to try, a piece for each task."""

from reviewloop.adapters.leaderboard import workplace
from reviewloop.refs import SearchRef, TrialsRef


def list_trials(search: SearchRef) -> list[TrialsRef]:
    """The trials of each number and kind, every kind's own settings first: where the time is up, each has lost as many.

    None where nothing is searched.
    """
    searched = [one.name for one in workplace.learners() if one.space]
    return [TrialsRef(search=search, kind=kind, number=number) for number in range(search.num_trials) for kind in searched]
