from django.urls import path

from apps.workflows import (
    advice_views,
    file_views,
    live_views,
    ops_views,
    outline_views,
    start_views,
    step_views,
    views,
)

app_name = "workflows"
urlpatterns = [
    path("", views.workflow_list, name="list"),
    path("recent/", views.recent, name="recent"),
    path("templates/", start_views.templates, name="templates"),
    path("start/", start_views.start, name="start"),
    path("import/", file_views.import_file, name="import_file"),
    path("<int:pk>/file/", file_views.file, name="file"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/parts/", outline_views.parts, name="parts"),
    path("<int:pk>/palette/", outline_views.palette, name="palette"),
    path("<int:pk>/act/", outline_views.act, name="act"),
    path("<int:pk>/mend/", outline_views.mend, name="mend"),
    path("<int:pk>/graph.json", ops_views.graph_json, name="graph_json"),
    path("<int:pk>/ops/", ops_views.ops, name="ops"),
    path("<int:pk>/undo/", ops_views.undo, name="undo"),
    path("<int:pk>/redo/", ops_views.redo, name="redo"),
    path("<int:pk>/advice/", advice_views.advice, name="advice"),
    path("<int:pk>/rename/", views.rename, name="rename"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("<int:pk>/duplicate/", views.duplicate, name="duplicate"),
    path("<int:pk>/steps/<str:node>/", step_views.step, name="step"),
    path("<int:pk>/steps/<str:node>/rows/", live_views.rows, name="rows"),
]
