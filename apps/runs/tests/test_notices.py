"""Who is told what when a run ends."""

from __future__ import annotations

import pytest
from django.core import mail
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from apps.runs import notices, outcomes
from apps.runs.lease import Lease
from apps.runs.models import Metric, Run
from apps.runs.recorder import Recorder
from apps.runs.supervisor import finish
from apps.runs.tests.factories import make_run, make_user

pytestmark = pytest.mark.django_db


def ended(run: Run, outcome: outcomes.Outcome, seconds: float) -> Run:
    """The run, claimed and finished as its supervisor does it."""
    lease = Lease.claim(run.pk)
    assert lease is not None
    finish(lease, Recorder(Run.objects.get(pk=run.pk), lease), outcome, seconds)
    return run


def test_a_failed_run_is_told_with_its_reason_and_the_way_to_it() -> None:
    run = ended(make_run(make_user(), name="Titanic"), outcomes.refused("No column 'Age'.", "Choose another."), 2)
    message = run.user.messages.get()
    assert message.title == f"Run {run.pk} of “Titanic” failed"
    assert message.text == "No column 'Age'. Choose another."
    assert message.link == f"/runs/{run.pk}/"
    run.user.refresh_from_db()
    assert run.user.unread == 1


@pytest.mark.parametrize(("seconds", "told"), [(59.0, 0), (61.0, 1)])
def test_a_run_that_succeeded_is_told_after_more_than_a_minute(seconds: float, told: int) -> None:
    run = ended(make_run(make_user()), outcomes.Outcome(Run.State.SUCCEEDED), seconds)
    assert run.user.messages.count() == told


def test_the_message_of_a_success_has_its_first_metric() -> None:
    run = make_run(make_user())
    Metric.objects.create(
        run=run, node_id="n1", name="accuracy", label="Accuracy", value=0.78125, baseline=0.5, sentence="78 of 100."
    )
    message = notices.run_ended(run.pk, Run.State.SUCCEEDED, None, 90)
    assert message is not None
    assert message.text == "Accuracy 0.7812, baseline 0.5. 78 of 100."


def test_a_cancelled_run_is_no_news() -> None:
    run = ended(make_run(make_user()), outcomes.cancelled(), 600)
    assert not run.user.messages.exists()


def test_a_mail_goes_out_only_for_runs_that_took_long(
    settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.EMAIL_CONFIGURED = True
    with django_capture_on_commit_callbacks(execute=True):
        ended(make_run(make_user()), outcomes.refused("Why."), 2)
        long = ended(make_run(make_user()), outcomes.refused("Why."), 200)
    (sent,) = mail.outbox
    assert sent.to == [long.user.email]
    assert f"/runs/{long.pk}/" in sent.body
