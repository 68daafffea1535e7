"""People, tokens and messages for operators. Secrets are never shown: only digests are kept."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from apps.accounts.inbox import count_unread
from apps.accounts.models import ApiToken, Message, User

admin.site.unregister(Group)


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "date_joined")
    search_fields = ("username", "email", "first_name", "last_name")
    actions = ("make_reset_link",)
    fieldsets = (
        *(UserAdmin.fieldsets or ()),
        ("Region", {"fields": ("time_zone", "number_format")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("username", "email", "usable_password", "password1", "password2")}),
    )

    @admin.action(description="Make a link to set a new password", permissions=["change"])
    def make_reset_link(self, request: HttpRequest, users: QuerySet[User]) -> TemplateResponse:
        """One link for each person, to be handed over; it ends after a day, or when it was used.

        Only superusers may do so for operators: a link is as good as the account.
        """
        helped = users if getattr(request.user, "is_superuser", False) else users.filter(is_staff=False)
        links = [(user, reset_link(request, user)) for user in helped.filter(is_active=True)]
        for user, _ in links:
            self.log_change(request, user, "Made a link to set a new password.")
        context = {
            **self.admin_site.each_context(request),
            "title": "Links to set a new password",
            "links": links,
            "left_out": users.count() - len(links),
            "opts": self.model._meta,
        }
        return TemplateResponse(request, "admin/reset_links.html", context)


def reset_link(request: HttpRequest, user: User) -> str:
    """The address at which this person sets a new password, once."""
    key = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("accounts:password_reset_confirm", args=[key, default_token_generator.make_token(user)])
    return request.build_absolute_uri(path)


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin[Message]):
    list_display = ("title", "owner", "kind", "created", "read")
    list_filter = ("kind", "created")
    list_select_related = ("owner",)
    search_fields = ("title", "owner__username", "owner__email")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Flowza writes messages."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """What somebody was told stays as it was."""
        return False

    def delete_model(self, request: HttpRequest, obj: Message) -> None:
        """The badge of its owner counts anew."""
        super().delete_model(request, obj)
        count_unread(obj.owner_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """The badges of their owners count anew."""
        owners = set(queryset.values_list("owner", flat=True))
        super().delete_queryset(request, queryset)
        for owner in owners:
            count_unread(owner)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    list_display = ("name", "prefix", "owner", "created", "last_used", "expires", "revoked")
    list_filter = ("created", "revoked")
    list_select_related = ("owner",)
    search_fields = ("name", "prefix", "owner__username", "owner__email")
    readonly_fields = ("owner", "prefix", "digest", "created", "last_used")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only its owner makes a token, since only the owner may see the secret."""
        return False
