from django.urls import path

from apps.workflows import api

urlpatterns = [
    path("workflows/", api.WorkflowsView.as_view(), name="workflow-list"),
    path("workflows/<int:pk>/", api.WorkflowView.as_view(), name="workflow-detail"),
]
