"""One of everything that belongs to Alice, all under the same primary key, for the access tests."""

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import ApiToken, Message, User
from apps.datasets.actions import import_upload
from apps.datasets.models import Dataset
from apps.registry.models import ModelVersion, RegisteredModel
from apps.runs.models import NodeRun, Run
from apps.workflows.models import Workflow, WorkflowVersion

KEY = 4711
GRAPH = {"format": 1, "seed": 0, "nodes": [], "edges": []}


def make_person(name: str) -> User:
    return User.objects.create_user(name, f"{name}@example.org", "correct horse battery")


def make_world(owner: User) -> None:
    """A token, a dataset with one version, a workflow with one version, a queued run, a model."""
    ApiToken.objects.create(pk=KEY, owner=owner, name="nightly", prefix="flz_abcdef", digest="0" * 64)
    Message.objects.create(pk=KEY, owner=owner, title="Run 7 failed")
    dataset = Dataset.objects.create(pk=KEY, owner=owner, name="Titanic")
    import_upload(owner, SimpleUploadedFile("titanic.csv", b"age,sex\n31,male\n"), dataset=dataset)
    workflow = Workflow.objects.create(pk=KEY, owner=owner, name="Survivors", graph=GRAPH)
    frozen = WorkflowVersion.objects.create(
        pk=KEY, workflow=workflow, number=1, graph=GRAPH, digest="0" * 64, created_by=owner
    )
    run = Run.objects.create(pk=KEY, version=frozen, user=owner)
    NodeRun.objects.create(pk=KEY, run=run, node_id="csv", kind="csv", label="CSV", position=0)
    model = RegisteredModel.objects.create(pk=KEY, owner=owner, name="Survival")
    ModelVersion.objects.create(
        pk=KEY,
        model=model,
        number=1,
        key="0" * 64,
        file=ContentFile(b"zip", name="model.zip"),
        size=3,
        digest="0" * 64,
        task="classification",
        estimator="LogisticRegression",
        signature={},
        training_rows=1,
        run=run,
        node_id="csv",
    )
