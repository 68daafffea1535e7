from django.urls import path

from apps.registry import api

urlpatterns = [
    path("models/", api.ModelsView.as_view(), name="model-list"),
    path("models/<int:pk>/", api.ModelView.as_view(), name="model-detail"),
    path("models/<int:pk>/versions/", api.VersionsView.as_view(), name="model-versions"),
    path("models/<int:pk>/versions/<int:number>/", api.VersionView.as_view(), name="model-version"),
    path("models/<int:pk>/versions/<int:number>/file/", api.VersionFileView.as_view(), name="model-file"),
]
