"""The API's view of the person behind a token."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.access import member
from apps.accounts.models import User


class PersonSerializer(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name")
        read_only_fields = fields


class Me(APIView):
    """Whose token this is: a cheap way to see whether a token works."""

    @extend_schema(operation_id="me", responses=PersonSerializer)
    def get(self, request: Request) -> Response:
        answer: dict[str, Any] = PersonSerializer(member(request)).data
        return Response(answer)
