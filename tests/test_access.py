"""Who may open which address. An address that is not in AUDIENCES fails: add its row with the view."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from apps.accounts.models import ApiToken, User
from tests.world import KEY, make_person, make_world

EVERYONE = "everyone"  # no sign-in
MEMBERS = "members"  # anyone who has signed in
OWNERS = "owners"  # its owner; a stranger gets 404
# For addresses under /api/v1/ the same words; without a token the answer is 401 instead of the sign-in page.

AUDIENCES = {
    "home": EVERYONE,
    "health": EVERYONE,
    "schema": EVERYONE,
    "api_docs": MEMBERS,
    "accounts:sign_in": EVERYONE,
    "accounts:sign_out": EVERYONE,
    "accounts:sign_up": EVERYONE,
    "accounts:password_reset": EVERYONE,
    "accounts:password_reset_sent": EVERYONE,
    "accounts:password_reset_confirm": EVERYONE,
    "accounts:password_reset_done": EVERYONE,
    "accounts:settings": MEMBERS,
    "accounts:settings_password": MEMBERS,
    "accounts:settings_appearance": MEMBERS,
    "accounts:settings_tokens": MEMBERS,
    "accounts:settings_token_revoke": OWNERS,
    "accounts:settings_region": MEMBERS,
    "accounts:inbox": MEMBERS,
    "accounts:inbox_open": OWNERS,
    "accounts:inbox_read": OWNERS,
    "accounts:inbox_read_all": MEMBERS,
    "api:me": MEMBERS,
    # datasets
    "datasets:list": MEMBERS,
    "datasets:upload": MEMBERS,
    "datasets:showcase": MEMBERS,
    "datasets:showcase_csv": MEMBERS,
    "datasets:detail": OWNERS,
    "datasets:bin": MEMBERS,
    "datasets:restore": OWNERS,
    "datasets:unshare": OWNERS,
    "datasets:purge": OWNERS,
    "datasets:difference": OWNERS,
    "datasets:import": OWNERS,
    "datasets:import_preview": OWNERS,
    "datasets:read_again": OWNERS,
    "datasets:rename": OWNERS,
    "datasets:delete": OWNERS,
    "datasets:original": OWNERS,
    "datasets:table_file": OWNERS,
    "datasets:showcase_file": MEMBERS,
    "api:dataset-list": MEMBERS,
    "api:dataset-detail": OWNERS,
    "api:dataset-rows": OWNERS,
    "api:dataset-restore": OWNERS,
    # workflows
    "workflows:list": MEMBERS,
    "workflows:recent": MEMBERS,
    "workflows:templates": MEMBERS,
    "workflows:start": MEMBERS,
    "workflows:import_file": MEMBERS,
    "workflows:file": OWNERS,
    "workflows:detail": OWNERS,
    "workflows:graph_json": OWNERS,
    "workflows:ops": OWNERS,
    "workflows:layout": OWNERS,
    "workflows:undo": OWNERS,
    "workflows:redo": OWNERS,
    "workflows:live_json": OWNERS,
    "workflows:advice": OWNERS,
    "workflows:parts": OWNERS,
    "workflows:palette": OWNERS,
    "workflows:act": OWNERS,
    "workflows:mend": OWNERS,
    "workflows:rename": OWNERS,
    "workflows:delete": OWNERS,
    "workflows:duplicate": OWNERS,
    "workflows:step": OWNERS,
    "workflows:share": OWNERS,
    "workflows:leave": OWNERS,
    "workflows:join": OWNERS,
    "workflows:rows": OWNERS,
    "workflows:versions": OWNERS,
    "workflows:versions_newest": OWNERS,
    "workflows:version_save": OWNERS,
    "workflows:compare": OWNERS,
    "workflows:compare_json": OWNERS,
    "workflows:version": OWNERS,
    "workflows:version_rename": OWNERS,
    "workflows:version_restore": OWNERS,
    "workflows:version_file": OWNERS,
    "workflows:version_start": OWNERS,
    "api:workflow-list": MEMBERS,
    "api:workflow-detail": OWNERS,
    "api:workflow-runs": OWNERS,
    # runs
    "runs:list": MEMBERS,
    "runs:active": MEMBERS,
    "runs:latest": MEMBERS,
    "runs:of_versions": OWNERS,
    "runs:version_metrics": OWNERS,
    "runs:start": OWNERS,
    "runs:data_notices": OWNERS,
    "runs:states": OWNERS,
    "runs:results": OWNERS,
    "runs:last_log": OWNERS,
    "runs:download_menu": OWNERS,
    "runs:download": OWNERS,
    "runs:download_data": OWNERS,
    "runs:table": OWNERS,
    "runs:table_csv": OWNERS,
    "runs:table_parquet": OWNERS,
    "runs:compare": MEMBERS,
    "runs:detail": OWNERS,
    "runs:star": OWNERS,
    "runs:note": OWNERS,
    "runs:tags": OWNERS,
    "runs:step_table": OWNERS,
    "runs:progress": OWNERS,
    "runs:cancel": OWNERS,
    "runs:log": OWNERS,
    "runs:file": OWNERS,
    "runs:step": OWNERS,
    "runs:rows": OWNERS,
    "api:run-list": MEMBERS,
    "api:run-detail": OWNERS,
    "api:run-cancel": OWNERS,
    "api:run-log": OWNERS,
    "api:run-node": OWNERS,
    # registry
    "registry:list": MEMBERS,
    "registry:detail": OWNERS,
    "registry:describe": OWNERS,
    "registry:delete": OWNERS,
    "registry:of_run": OWNERS,
    "registry:version": OWNERS,
    "registry:file": OWNERS,
    "api:model-list": MEMBERS,
    "api:model-detail": OWNERS,
    "api:model-versions": OWNERS,
    "api:model-version": OWNERS,
    "api:model-file": OWNERS,
}

ARGUMENTS: dict[str, Any] = {
    "pk": KEY,
    "number": 1,
    "file": KEY,
    "node": "csv",
    "table": "rows",
    "format": "csv",
    "slug": "titanic",
    "user": KEY,
    "uidb64": "MQ",
    "token": "x-y",
}
PARENTS = (
    "datasets:detail",
    "workflows:detail",
    "runs:detail",
    "registry:detail",
    "api:dataset-detail",
    "api:workflow-detail",
    "api:run-detail",
    "api:model-detail",
)


def addresses() -> Iterator[tuple[str, URLPattern]]:
    """Every address of the URLconf with its full name, the admin's apart."""

    def walk(patterns: list[Any], space: tuple[str, ...]) -> Iterator[tuple[str, URLPattern]]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                if pattern.namespace != admin.site.name:
                    inner = (*space, pattern.namespace) if pattern.namespace else space
                    yield from walk(pattern.url_patterns, inner)
            else:
                yield ":".join((*space, pattern.name or f"(no name: {pattern.pattern})")), pattern

    return walk(get_resolver().url_patterns, ())


FOUND = dict(addresses())
LISTED = sorted(set(FOUND) & set(AUDIENCES))


def path_of(name: str) -> str:
    wanted = FOUND[name].pattern.converters
    return reverse(name, kwargs={key: ARGUMENTS[key] for key in wanted})


def open_as(client: Client, path: str, **headers: Any) -> int:
    """The status of a GET, or of a POST where GET is not served."""
    status = client.get(path, **headers).status_code
    return client.post(path, **headers).status_code if status == 405 else status


@pytest.fixture
def alice(db: None) -> User:
    person = make_person("alice")
    make_world(person)
    return person


@pytest.fixture
def charlie(db: None) -> User:
    return make_person("charlie")


def test_every_address_is_listed_with_its_audience() -> None:
    assert sorted(set(FOUND) - set(AUDIENCES)) == []


def test_no_listed_address_is_gone() -> None:
    assert sorted(set(AUDIENCES) - set(FOUND)) == []


def test_every_page_says_in_its_decorator_what_the_table_says() -> None:
    pages = [name for name in LISTED if not name.startswith("api:") and name != "schema"]
    said = {name: getattr(FOUND[name].callback, "audience", None) for name in pages}
    assert said == {name: "public" if AUDIENCES[name] == EVERYONE else "members" for name in pages}


@pytest.mark.parametrize("name", LISTED)
def test_someone_who_has_not_signed_in_gets_what_is_for_everyone_only(name: str, client: Client, alice: User) -> None:
    path = path_of(name)
    for answer in (client.get(path), client.post(path)):
        if AUDIENCES[name] == EVERYONE:
            assert answer.status_code in (200, 302, 405)
            assert not answer.headers.get("Location", "").startswith(reverse("accounts:sign_in") + "?")
        elif path.startswith("/api/v1/"):
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        else:
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith(reverse("accounts:sign_in") + "?next=")


@pytest.mark.parametrize("name", [name for name in LISTED if AUDIENCES[name] == OWNERS])
def test_a_stranger_gets_404(name: str, client: Client, alice: User, charlie: User) -> None:
    client.force_login(charlie, backend="apps.accounts.backends.NameOrEmailBackend")
    assert open_as(client, path_of(name)) == 404


NUMBERED = [
    name for name in LISTED if any(type(one) is IntConverter for one in FOUND[name].pattern.converters.values())
]


@pytest.mark.parametrize("name", NUMBERED)
def test_numbers_beyond_the_databases_are_404(name: str, client: Client, alice: User) -> None:
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    converters = FOUND[name].pattern.converters
    for key in (key for key, one in converters.items() if type(one) is IntConverter):
        path = reverse(name, kwargs={one: ARGUMENTS[one] for one in converters} | {key: 10**25})
        assert open_as(client, path) == 404


@pytest.mark.parametrize("name", ["workflows:list", "runs:list", "datasets:list", "registry:list"])
def test_a_search_for_very_many_words_is_answered(name: str, client: Client, alice: User) -> None:
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    assert client.get(reverse(name), {"q": "x " * 2000}).status_code == 200


@pytest.mark.parametrize("name", [name for name in LISTED if name.startswith("api:")])
def test_a_strangers_token_opens_nothing_of_somebody_else(
    name: str, client: Client, alice: User, charlie: User
) -> None:
    _, secret = ApiToken.issue(charlie, "mine")
    status = open_as(client, path_of(name), headers={"Authorization": f"Bearer {secret}"})
    assert status == 404 if AUDIENCES[name] == OWNERS else status in (200, 400, 422)


@pytest.mark.parametrize("name", [name for name in LISTED if AUDIENCES[name] == MEMBERS])
def test_a_member_is_let_in(name: str, client: Client, alice: User) -> None:
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    assert open_as(client, path_of(name)) in (200, 204, 302, 400, 422)


@pytest.mark.parametrize("name", PARENTS)
def test_the_owner_is_let_in_where_a_stranger_gets_404(name: str, client: Client, alice: User) -> None:
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    assert open_as(client, path_of(name)) == 200


def test_a_fragment_asked_for_without_sign_in_moves_the_whole_page(client: Client, db: None) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/settings/tokens/"}
    answer = client.get(reverse("accounts:settings"), headers=headers)
    assert answer.headers["HX-Redirect"] == reverse("accounts:sign_in") + "?next=/settings/tokens/"


def test_the_administration_is_for_operators(client: Client, alice: User) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("admin:no_such_page")
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert client.get(reverse(name)).status_code == 302


def test_every_model_of_ours_has_an_admin_with_a_search(client: Client, alice: User) -> None:
    from django.apps import apps

    ours = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    assert [model for model in ours if model not in admin.site._registry] == []
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice, backend="apps.accounts.backends.NameOrEmailBackend")
    for model in ours:
        assert admin.site._registry[model].search_fields, model
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert client.get(reverse(name), {"q": "a"}).status_code == 200
