from django.urls import path

from apps.runs import compare_views, data_views, download, editor_views, step_views, table_views, version_views, views

app_name = "runs"
urlpatterns = [
    path("", views.run_list, name="list"),
    path("active/", views.active, name="active"),
    path("latest/", views.latest, name="latest"),
    path("start/<int:pk>/", views.start, name="start"),
    path("data-of/<int:pk>/", data_views.data_notices, name="data_notices"),
    path("states/<int:pk>/", editor_views.states, name="states"),
    path("results/<int:pk>/", editor_views.results, name="results"),
    path("last-log/<int:pk>/", editor_views.last_log, name="last_log"),
    path("of-versions/<int:pk>/", version_views.of_versions, name="of_versions"),
    path("version-metrics/<int:pk>/", version_views.version_metrics, name="version_metrics"),
    path("downloads/<int:pk>/", download.menu, name="download_menu"),
    path("<int:pk>/download/", download.download, name="download"),
    path("<int:pk>/download/data/", download.data, name="download_data"),
    path("workflow/<int:pk>/", table_views.table, name="table"),
    path("workflow/<int:pk>/csv/", table_views.table_csv, name="table_csv"),
    path("workflow/<int:pk>/parquet/", table_views.table_parquet, name="table_parquet"),
    path("compare/", compare_views.compare_page, name="compare"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/star/", table_views.star, name="star"),
    path("<int:pk>/note/", table_views.note, name="note"),
    path("<int:pk>/tags/", table_views.tags, name="tags"),
    path("<int:pk>/log/", step_views.log, name="log"),
    path("<int:pk>/files/<int:file>/", views.file, name="file"),
    path("<int:pk>/steps/<str:node>/", step_views.step, name="step"),
    path("<int:pk>/steps/<str:node>/rows/", step_views.rows, name="rows"),
    path("<int:pk>/steps/<str:node>/tables/<str:table>/<str:format>/", step_views.table, name="step_table"),
]
