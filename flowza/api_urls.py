"""The API's addresses under /api/v1/, all in the namespace `api`: `{% url 'api:dataset-list' %}`."""

from django.urls import include, path

app_name = "api"
urlpatterns = [
    path("", include("apps.accounts.api_urls")),
    path("", include("apps.datasets.api_urls")),
    path("", include("apps.workflows.api_urls")),
    path("", include("apps.runs.api_urls")),
    path("", include("apps.registry.api_urls")),
]
