"""Models that were registered by runs of somebody else's workflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.registry.models import ModelVersion
from apps.registry.tests.test_registration import register
from apps.runs.models import Run
from apps.runs.tests.factories import make_run, make_user
from apps.workflows.models import Role
from apps.workflows.tests.sharing import signed_in

pytestmark = pytest.mark.django_db


def test_a_model_belongs_to_who_ran_the_shared_workflow(tmp_path: Path) -> None:
    alice, bob = make_user("alice"), make_user("bob")
    run = make_run(alice, name="Secret plans")
    workflow = run.version.workflow
    share = workflow.shares.create(user=bob, role=Role.EDITOR)
    Run.objects.filter(pk=run.pk).update(user=bob)
    run.refresh_from_db()
    register(run, tmp_path)
    version = ModelVersion.objects.for_user(bob).get()
    assert not ModelVersion.objects.for_user(alice).exists()
    assert signed_in(alice).get(version.get_absolute_url()).status_code == 404
    client = signed_in(bob)
    pages = (version.get_absolute_url(), version.model.get_absolute_url())
    assert all("Secret plans" in client.get(page).content.decode() for page in pages)
    # The model stays Bob's when the workflow is not shared any more, which tells him no more of the workflow.
    share.delete()
    for page in pages:
        text = client.get(page).content.decode()
        assert "a workflow that is not shared with you any more" in text.replace("A workflow", "a workflow")
        assert "Secret plans" not in text
