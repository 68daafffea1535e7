from django.urls import path

from apps.runs import api

urlpatterns = [
    path("workflows/<int:pk>/runs/", api.WorkflowRunsView.as_view(), name="workflow-runs"),
    path("runs/", api.RunsView.as_view(), name="run-list"),
    path("runs/<int:pk>/", api.RunView.as_view(), name="run-detail"),
    path("runs/<int:pk>/cancel/", api.RunCancelView.as_view(), name="run-cancel"),
    path("runs/<int:pk>/log/", api.RunLogView.as_view(), name="run-log"),
    path("runs/<int:pk>/nodes/<str:node>/", api.RunNodeView.as_view(), name="run-node"),
]
