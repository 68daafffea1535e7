"""Every main page, in both themes, on a desk and on a phone: nothing that axe-core calls serious or critical."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from apps.accounts.inbox import notify
from apps.accounts.models import ApiToken, User
from apps.accounts.tests.people import PASSWORD, make_user
from apps.datasets.tests.factories import imported
from apps.registry.tests.factories import make_version
from apps.runs.tests.finished import finished_run
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import titanic
from tests.browser.accessibility import barriers
from tests.browser.conftest import SIZES

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SIGNED_OUT = ["/", "/sign-in/", "/sign-up/", "/password/", "/nothing/", "/admin/login/"]


def everything_of(user: User) -> list[str]:
    """One of everything that a person may have; the addresses of the pages that show it."""
    version = imported(user, "name,age,joined\n" + "Zoë,31,2024-01-02\nPaul,,2024-03-04\nAda,40,2024-05-06\n" * 20)
    workflow = Workflow.objects.create(owner=user, name="Survivors", graph=titanic())
    first, run = finished_run(user, workflow), finished_run(user, workflow)
    ApiToken.issue(user, "nightly upload")
    notify(user, "Run 7 failed", "Column 'Age' has text in row 17.", link=f"/runs/{run.pk}/")
    model = make_version(user)
    return [
        "/",
        "/inbox/",
        *("/settings/", "/settings/password/", "/settings/appearance/", "/settings/tokens/", "/api/docs/"),
        *("/datasets/", "/datasets/upload/", "/datasets/bin/", "/datasets/showcase/titanic/"),
        f"/datasets/{version.dataset_id}/",
        f"/datasets/{version.dataset_id}/?tab=columns",
        f"/datasets/{version.dataset_id}/?tab=versions",
        *("/workflows/", "/workflows/templates/", "/workflows/import/"),
        *(
            f"/workflows/{workflow.pk}/?view={view}{step}"
            for view in ("canvas", "outline")
            for step in ("", "&step=split")
        ),
        *("/runs/", f"/runs/{run.pk}/", f"/runs/{first.pk}/?step=split"),
        *("/models/", f"/models/{model.model_id}/", f"/models/{model.model_id}/versions/{model.number}/"),
    ]


def visit(page: Page, address: str) -> list[str]:
    """What is wrong with the page once its parts have come."""
    page.goto(address, wait_until="networkidle")
    return barriers(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_serious_stands_in_anybodys_way(
    size: str, theme: str, browser: Browser, live_server: LiveServer
) -> None:
    user = make_user("alice", time_zone="Europe/Berlin", number_format="point")
    addresses = everything_of(user)
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,  # type: ignore[arg-type]
        bypass_csp=True,
    )
    try:
        page = context.new_page()
        found = [barrier for path in SIGNED_OUT for barrier in visit(page, f"{live_server.url}{path}")]
        page.goto(f"{live_server.url}/sign-in/")
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_load_state("networkidle")
        found += [barrier for path in addresses for barrier in visit(page, f"{live_server.url}{path}")]
    finally:
        context.close()
    assert found == []
