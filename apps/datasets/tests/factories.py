"""People and uploads for tests."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.models import DatasetVersion

PEOPLE = "name,age,joined\nZoë,31,2024-01-02\nPaul,,2024-03-04\n"


def person(name: str) -> User:
    return User.objects.create_user(name, f"{name}@example.org")


def csv_upload(content: str | bytes = PEOPLE, name: str = "people.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def imported(user: User, content: str | bytes = PEOPLE, name: str = "people.csv") -> DatasetVersion:
    return import_upload(user, csv_upload(content, name))
