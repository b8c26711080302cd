"""The models that answer: the ledger's champion and, during a rollout, its challenger, followed while the process runs."""

import gc
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from reviewloop.adapters.lake.model_store import fetch_model
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.champion import answering, is_of_this_lake, verified
from reviewloop.core.release import standing
from reviewloop.core.release.events import Event
from reviewloop.core.rollout.routing import Arm, Routing, routing
from reviewloop.errors import Refused
from reviewloop.models.predictor import load_predictor
from reviewloop.serving.inference.loaded import LoadedModel, warmed
from reviewloop.serving.inference.memory import NotEnoughMemory, available, require_room
from reviewloop.serving.inference.threads import COMPUTES, give_way, native_threads, put_off
from reviewloop.serving.rollout.arms import Arms

log = logging.getLogger(__name__)

ROLLOUT_SECONDS: Final = 2.0
"""Between two looks at the ledger during a rollout: a challenger that is sent back must be gone within 5 s."""
MAX_LOADS: Final = 8
"""Models that one look loads, one after the other; the ledger is read anew after each."""
_Key = tuple[str, str]


class ChampionFollower:
    """Follows ``core.rollout.routing`` of the ledger: loads who is named, lets go of who is not.

    New shares hold from the moment on when every model that they name is loaded and warm; until then the old ones do, but that who
    is not named any more is given no more traffic at once. While the ledger or the registry is away, or a new champion does not
    load, has no memory to be loaded into or is not what was released, the last that held goes on and ``problem`` says why. A
    challenger that does not load leaves the champion alone. A ledger that goes back is not followed. Who answers is the ledger's
    word: an alias that says otherwise moves nothing, and is told in ``problem``.

    During a rollout it looks at the ledger every ``ROLLOUT_SECONDS``, and every ``every_seconds`` thoroughly: at what was released
    as well, and again at what did not load. Beside that, in a thread of its own, ``recall`` hears of a challenger that is sent
    back, whatever a look waits for.

    What a library computes a challenger's shadow answers in is put off behind everybody (``put_off``). A challenger that comes to
    answer somebody is loaded anew, for there is no way back; until then the champion answers alone.

    A model's end takes tenths of a second of a core. So what is let go of lives until the next look, or until another needs the
    room: by then no request holds it any more, and it ends in this thread and not in the one that answers.
    """

    def __init__(self, every_seconds: float, pass_tokens: int = 1024, available: Callable[[], int] = available) -> None:
        self._every_seconds = every_seconds
        self._pass_tokens = pass_tokens
        self._available = available
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="champion", daemon=True)
        self._recalling = threading.Thread(target=self._recall_on, name="recall", daemon=True)
        self._lock = threading.Lock()
        self._failed: dict[_Key, str] = {}
        self._hung: set[_Key] = set()
        self._memory: dict[_Key, LoadedModel] = {}
        self._gone: list[LoadedModel] = []
        self._put_off: set[_Key] = set()
        self._standing_problem: str | None = None
        self._heard = 0
        self.arms: Arms | None = None
        self.problem: str | None = "the champion is being loaded"

    @property
    def current(self) -> LoadedModel | None:
        """The champion."""
        return self.arms.champion if self.arms else None

    def start(self) -> None:
        """Begin to follow, at once, in the background."""
        self._thread.start()
        self._recalling.start()

    def stop(self) -> None:
        """End the background thread, at the latest with the process."""
        self._stopping.set()
        self._thread.join(timeout=5)
        self._recalling.join(timeout=1)

    def refresh(self, thorough: bool = True) -> None:
        """One look at who answers. Never raises: what went wrong is logged and kept in ``problem``."""
        self._gone.clear()
        try:
            if thorough:
                self._failed.clear()
            problem = self._look()
            if thorough and self.arms is not None:
                self._standing_problem = self._check_champion()
            problem = problem or self._standing_problem
        except Exception as error:  # the endpoint must outlive any fault of the registry or of a new model
            problem = f"the champion could not be loaded: {error}"
            if problem != self.problem:
                _tell("the champion could not be loaded", error)
        self.problem = problem

    def recall(self) -> None:
        """Give a challenger that is named no more no more traffic, by the lake's word alone: neither a registry that hangs nor a
        model that is being loaded may keep it. Never raises; a lake that is away changes nothing."""
        arms = self.arms
        if arms is None or arms.challenger is None:
            return
        try:
            wanted = routing(ledger.read_unwitnessed())
        except Exception as error:
            log.warning("whether the challenger is sent back could not be looked up: %s", error)
            return
        if wanted is not None:
            self._withdraw(wanted)

    def _look(self) -> str | None:
        for _ in range(MAX_LOADS):
            heard = self._heard
            events = ledger.read()
            wanted, head = routing(events), standing.champion(events)
            if wanted is None or head is None:
                answering()  # raises where an older release is without its ledger
                return "there is no champion yet; sentiment_release makes the first one"
            if self.arms is not None and wanted.generation < (held := max(self.arms.routing.generation, heard)):
                return (
                    f"the ledger went back to event {wanted.generation}; what holds since event {held} goes on. Where the lake was "
                    "taken back on purpose, start the endpoint anew"
                )
            self._withdraw(wanted)
            self._let_go(wanted)  # before another is loaded: it may need the room
            if not self._is_answering(wanted.champion):
                self._require_released(head)
                if self._load(wanted.champion, answers=True):
                    continue  # it took its time: who is named now?
                self._set(Arms(Routing(head.number, wanted.champion), self._memory[_key(wanted.champion)]))
            if wanted.challenger is not None:
                if (problem := self._failed.get(_key(wanted.challenger))) is not None:
                    self._let_go(wanted)
                    return problem
                if self._load_challenger(wanted.challenger, wanted.challenger_share > 0):
                    continue
            if self._install(wanted):
                return None
        return f"the ledger changed {MAX_LOADS} times while models were loaded"

    def _is_answering(self, arm: Arm) -> bool:
        return self.arms is not None and _key(self.arms.routing.champion) == _key(arm)

    def _require_released(self, head: Event) -> None:
        """Before another version answers. Where it is not what was released, the rollout that it ended is over all the same."""
        try:
            verified(head)
        except Refused:
            with self._lock:
                self._leave_champion_alone()
            raise

    def _withdraw(self, wanted: Routing) -> None:
        """Who is not named any more gets no more traffic, whatever is to be loaded first."""
        with self._lock:
            self._heard = max(self._heard, wanted.generation)
            held = self.arms.routing if self.arms else None
            if (
                held is not None and held.challenger is not None and wanted.generation > held.generation
                and _key(held.challenger) not in self._keys(wanted)
            ):  # fmt: skip
                self._leave_champion_alone()

    def _leave_champion_alone(self) -> None:
        """With ``_lock`` held."""
        if self.arms is not None and self.arms.challenger is not None:
            held = self.arms.routing
            log.warning("version %s answers nobody any more", self.arms.challenger.version)
            self.arms = Arms(Routing(held.generation, held.champion), self.arms.champion)

    def _load_challenger(self, arm: Arm, answers: bool) -> bool:
        """As ``_load``; what goes wrong is kept in ``_failed`` and leaves the champion alone."""
        try:
            if not is_of_this_lake(arm.source):
                raise Refused(f"{arm.source} does not lie where this lake keeps its models")
            return self._load(arm, answers)
        except Exception as error:
            self._failed[_key(arm)] = f"challenger: version {arm.version} gets no traffic here: {error}"
            _tell(f"the challenger, version {arm.version}, could not be loaded", error)
            return True

    def _load(self, arm: Arm, answers: bool) -> bool:
        """Have the model in memory, warm; whether it had to be loaded. The very bytes of the event: its digest is compared.

        One that does not answer anybody, but in the shadow, is put off."""
        key = _key(arm)
        if key in self._memory and not (answers and key in self._put_off):
            return False
        if key in self._hung:
            raise TimeoutError(f"version {arm.version} did not come back when it was tried first; release another")
        self._gone.clear()
        before = native_threads()
        try:
            folder = fetch_model(arm.source, arm.digest)
            require_room(arm.version, folder, self._available)
            loaded = warmed(arm.version, arm.digest, load_predictor(folder), self._pass_tokens)
        except TimeoutError:
            self._hung.add(key)  # each try more would leave one more thread behind
            raise
        self._put_off.discard(key)
        if not answers and (late := native_threads() - before):
            put_off(late)
            self._put_off.add(key)
        self._memory[key] = loaded
        log.info("version %s (%s) is loaded and warm", loaded.version, loaded.kind)
        return True

    def _install(self, wanted: Routing) -> bool:
        """Let it hold; whether it does: not where a recall has heard of something later while the registry was waited for."""
        challenger = self._memory[_key(wanted.challenger)] if wanted.challenger else None
        if self.arms is None or self.arms.routing != wanted:
            with self._lock:
                if wanted.generation < self._heard:
                    return False
                self.arms = Arms(wanted, self._memory[_key(wanted.champion)], challenger)
            share = f", {wanted.challenger_share:.3%} of the units version {challenger.version}" if challenger else ""
            log.info("event %d holds: version %s answers%s", wanted.generation, wanted.champion.version, share)
        self._let_go(wanted)
        return True

    def _let_go(self, wanted: Routing) -> None:
        """Of the models that nobody names and that answer nobody."""
        named = self._keys(wanted) | (self._keys(self.arms.routing) if self.arms else set())
        self._gone += [model for key, model in self._memory.items() if key not in named]
        self._memory = {key: model for key, model in self._memory.items() if key in named}
        self._put_off &= self._memory.keys()

    def _keys(self, wanted: Routing) -> set[_Key]:
        """Of the models in memory that may do what is wanted of them: who was put off may not answer."""
        arms = [(wanted.champion, True), (wanted.challenger, wanted.challenger_share > 0)]
        return {_key(arm) for arm, answers in arms if arm is not None and not (answers and _key(arm) in self._put_off)}

    def _set(self, arms: Arms) -> None:
        with self._lock:
            self.arms = arms  # one assignment: whoever reads it has models and shares that belong together

    def _check_champion(self) -> str | None:
        """What is wrong with the alias, or with what was released, though the champion answers on."""
        try:
            found = answering()
        except Exception as error:
            return f"what was released could not be checked: {error}"
        return found.disagreement if found else None

    def _recall_on(self) -> None:
        while not self._stopping.wait(ROLLOUT_SECONDS):
            self.recall()

    def _follow(self) -> None:
        give_way(COMPUTES)  # OpenVINO computes in threads that it starts here, with the model: they inherit it
        thorough_at = 0.0
        is_frozen = False
        while not self._stopping.is_set():
            is_thorough = time.monotonic() >= thorough_at
            if is_thorough:
                thorough_at = time.monotonic() + self._every_seconds
            self.refresh(is_thorough)
            if self.arms is not None and not is_frozen:
                # Libraries and the first model stay to the end. Looking through them for garbage takes 100 to 300 ms, in which
                # nobody is answered, and the next model that is loaded would have Python do so.
                gc.freeze()
                is_frozen = True
            in_rollout = self.arms is not None and self.arms.routing.challenger is not None
            self._stopping.wait(min(self._every_seconds, ROLLOUT_SECONDS) if in_rollout else self._every_seconds)


def _tell(what: str, error: Exception) -> None:
    """In the log, with where it happened, unless that says nothing: a want of memory is nobody's fault here."""
    log.error("%s: %s", what, error, exc_info=not isinstance(error, NotEnoughMemory))


def _key(arm: Arm) -> _Key:
    """The same number with other files, of a registry begun again, is another model."""
    return arm.version, arm.digest
