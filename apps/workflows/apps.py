from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "apps.workflows"
    label = "workflows"
    verbose_name = "Workflows"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.datasets import usage
        from apps.workflows import signals  # noqa: F401  receivers
        from apps.workflows.usage import workflows_using

        usage.register(workflows_using)
