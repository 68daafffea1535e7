"""The registry: trained models with their versions."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "apps.registry"
    label = "registry"
    verbose_name = "Models"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Importing names the handler of the effect and connects the receivers.
        from apps.datasets import usage
        from apps.registry import registration, signals  # noqa: F401
        from apps.registry.usage import models_trained_on

        usage.register(models_trained_on)
