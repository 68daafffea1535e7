from django.urls import path

from apps.registry import views

app_name = "registry"
urlpatterns = [
    path("", views.model_list, name="list"),
    path("of-run/<int:pk>/", views.of_run, name="of_run"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/describe/", views.describe, name="describe"),
    path("<int:pk>/delete/", views.delete, name="delete"),
    path("<int:pk>/versions/<int:number>/", views.version, name="version"),
    path("<int:pk>/versions/<int:number>/file/", views.file, name="file"),
]
