"""What costs money on AWS and is expired goes."""

import logging

from reviewloop.adapters.costs.reaping import reap
from reviewloop.config import load_config
from reviewloop.core.costs.prices import paid_job
from reviewloop.core.costs.report import sentence, table
from reviewloop.errors import NothingToDo
from reviewloop.refs import ReapedRef
from reviewloop.settings import settings

log = logging.getLogger(__name__)


def reap_expired(apply: bool = False) -> ReapedRef:
    """Look at every job and endpoint that carries this deployment's tags; with ``apply`` those that are expired are ended.

    Without it nothing is changed. Never the champion's endpoint, nor a challenger's. The log has a line for each. ``warnings`` are
    what a person looks at: what is idle, what is expired and still asked, what has no time at its tag, and what AWS kept silent on.
    Raises ``NothingToDo`` where this deployment starts nothing on AWS and names no account.
    """
    if paid_job(load_config().training.backend, load_config().costs) is None and not settings().aws_account:
        raise NothingToDo("training.backend.kind is local and REVIEWLOOP_AWS_ACCOUNT is empty: nothing on AWS is ours")
    found = reap(apply=apply)
    for line in table([(one.kind, one.name, one.act, one.why) for one in found]):
        log.info("%s", line)
    return ReapedRef(
        num_found=len(found),
        num_gone=sum(one.act == "gone" for one in found),
        num_due=sum(one.act == "would go" for one in found),
        applied=apply,
        warnings=tuple(sentence(one.kind, one.name, one.why) for one in found if one.act in {"tell", "failed", "would go"}),
    )
