"""Numbers and times outside the pages: one form for everybody."""

import pytest

from apps.accounts.regions import NumberFormat
from apps.accounts.tests.people import make_user, signed_in
from apps.workflows.models import Workflow

pytestmark = pytest.mark.django_db


def test_the_api_tells_times_in_utc_to_everybody() -> None:
    user = make_user(time_zone="Asia/Kolkata", number_format=NumberFormat.POINT)
    Workflow.objects.create(owner=user, name="Survivors")
    (row,) = signed_in(user).get("/api/v1/workflows/").json()["results"]
    assert row["updated"].endswith("Z")
