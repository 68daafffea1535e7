from django.urls import path

from apps.datasets import api

urlpatterns = [
    path("datasets/", api.Datasets.as_view(), name="dataset-list"),
    path("datasets/<int:pk>/", api.DatasetDetail.as_view(), name="dataset-detail"),
    path("datasets/<int:pk>/restore/", api.DatasetRestore.as_view(), name="dataset-restore"),
    path("datasets/<int:pk>/rows/", api.DatasetRows.as_view(), name="dataset-rows"),
]
