"""Every address of Flowza. tests/test_access.py says who may open each."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from flowza import views

admin.site.site_header = admin.site.site_title = "Flowza administration"
admin.site.index_title = "Everything Flowza holds"

urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("", include("apps.accounts.urls")),
    path("datasets/", include("apps.datasets.urls")),
    path("workflows/", include("apps.workflows.urls")),
    path("runs/", include("apps.runs.urls")),
    path("models/", include("apps.registry.urls")),
    path("api/v1/", include("flowza.api_urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", views.api_docs, name="api_docs"),
    path("admin/", admin.site.urls),
]

handler403 = "flowza.views.forbidden"
handler500 = "flowza.views.server_error"
