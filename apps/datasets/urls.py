from django.urls import path

from apps.datasets import bin_views, file_views, import_views, version_views, views

app_name = "datasets"
urlpatterns = [
    path("", views.dataset_list, name="list"),
    path("bin/", bin_views.bin_page, name="bin"),
    path("upload/", views.upload, name="upload"),
    path("showcase/<slug:slug>/", views.showcase_detail, name="showcase"),
    path("showcase/<slug:slug>.csv", views.showcase_csv, name="showcase_csv"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/read-again/", views.read_again, name="read_again"),
    path("<int:pk>/rename/", views.rename, name="rename"),
    path("<int:pk>/delete/", bin_views.delete, name="delete"),
    path("<int:pk>/unshare/<int:user>/", views.unshare, name="unshare"),
    path("<int:pk>/restore/", bin_views.restore, name="restore"),
    path("<int:pk>/purge/", bin_views.purge, name="purge"),
    path("<int:pk>/differences/", version_views.difference_page, name="difference"),
    path("<int:pk>/versions/<int:number>/import/", import_views.import_page, name="import"),
    path("<int:pk>/versions/<int:number>/import/preview/", import_views.import_preview, name="import_preview"),
    path("showcase/<slug:slug>/table/<str:format>/", file_views.showcase_file, name="showcase_file"),
    path("<int:pk>/versions/<int:number>/table/<str:format>/", file_views.table_file, name="table_file"),
    path("<int:pk>/versions/<int:number>/original/", views.original, name="original"),
]
