"""The small frozen hand-offs between steps. A ref says where an artifact lies, what it holds and its digest.

Never a frame: XCom is not a data bus, and the digest is the lineage. Every ref passes through XCom as it is. Import them from
here: a module below holds those of one stage, and which one is nobody else's business.
"""

from reviewloop.refs.base import Ref
from reviewloop.refs.captures import CapturesRef, CollectedRef, ErasedRef, ExpiredRef
from reviewloop.refs.evaluation import ChoiceRef, ErrorsRef, EvaluationRef, JudgedRef
from reviewloop.refs.features import FeaturesRef, ProfileRef
from reviewloop.refs.gates import GateRef, Verdict
from reviewloop.refs.ingest import BatchRef, CorrectionRef, CuratedRef, DeliveryRef, ReadingRef
from reviewloop.refs.labels import AnswersRef, LabelErrorsRef, LabellingRef, QueueRef
from reviewloop.refs.lake import ExpiredLogsRef, RetainedRef, SizesRef, TableRef
from reviewloop.refs.leaderboard import AnsweredRef, KindRef, LeaderboardRef, SearchRef, SeedsRef, TrialsRef, TriedRef, WinnerRef
from reviewloop.refs.monitoring import DecisionRef, DriftRef, MetricsRef, ProductsRef, SkewRef
from reviewloop.refs.operations import AlertRef, AlertsRef, BudgetRef, ReapedRef
from reviewloop.refs.release import CandidateRef, CardsRef, ChampionRef, QuestionRef, RebuiltRef, RolloutRef
from reviewloop.refs.scoring import ChunkRef, PredictionsRef, ReadRef
from reviewloop.refs.training import ChangeRef, ModelRef, TrainingRef
from reviewloop.refs.warehouse import LoadedRef, UnloadedRef

__all__ = [
    "AlertRef",
    "AlertsRef",
    "AnsweredRef",
    "AnswersRef",
    "BatchRef",
    "BudgetRef",
    "CandidateRef",
    "CapturesRef",
    "CardsRef",
    "ChampionRef",
    "ChangeRef",
    "ChoiceRef",
    "ChunkRef",
    "CollectedRef",
    "CorrectionRef",
    "CuratedRef",
    "DecisionRef",
    "DeliveryRef",
    "DriftRef",
    "ErasedRef",
    "ErrorsRef",
    "EvaluationRef",
    "ExpiredLogsRef",
    "ExpiredRef",
    "FeaturesRef",
    "GateRef",
    "JudgedRef",
    "KindRef",
    "LabelErrorsRef",
    "LabellingRef",
    "LeaderboardRef",
    "LoadedRef",
    "MetricsRef",
    "ModelRef",
    "PredictionsRef",
    "ProductsRef",
    "ProfileRef",
    "QuestionRef",
    "QueueRef",
    "ReadRef",
    "ReadingRef",
    "ReapedRef",
    "RebuiltRef",
    "Ref",
    "RetainedRef",
    "RolloutRef",
    "SearchRef",
    "SeedsRef",
    "SizesRef",
    "SkewRef",
    "TableRef",
    "TrainingRef",
    "TrialsRef",
    "TriedRef",
    "UnloadedRef",
    "Verdict",
    "WinnerRef",
]

# XCom names a value's class, and Airflow imports it by that name: it must not change when a class moves to another module, or a
# run that was begun before an upgrade (or after it, where one goes back) could not go on.
for _ref in (Ref, *Ref.__subclasses__()):
    _ref.__module__ = __name__
