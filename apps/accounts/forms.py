"""Forms of sign-up, the settings pages and personal tokens."""

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm, PasswordResetForm
from django.urls import reverse
from django.utils import timezone

from apps.accounts.inbox import notify
from apps.accounts.models import Message, User
from apps.accounts.regions import NumberFormat, zone_choices, zones

NEVER = "never"
LIFETIMES = [("30", "30 days"), ("90", "90 days"), ("365", "One year"), (NEVER, "No end")]


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "No account fits this name and password. Check both; capitals matter in the password.",
        "inactive": "This account is switched off. Ask the operator of this Flowza.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name or e-mail address"


class SignUpForm(BaseUserCreationForm[User]):
    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["password1"].help_text = "At least 8 characters, not only digits, not a common word."
        self.fields["password2"].label = "Password again"
        self.fields["password2"].help_text = ""


class ProfileForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("username", "email", "first_name", "last_name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True
        self.fields["username"].widget.attrs["autocomplete"] = "username"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"


class RegionForm(forms.ModelForm[User]):
    """How numbers and times are shown to this person."""

    number_format = forms.ChoiceField(
        label="Numbers",
        choices=NumberFormat.choices,
        help_text="On the pages. Exports, scripts and the API use 1234.5.",
    )
    time_zone = forms.ChoiceField(label="Time zone", help_text="Times are kept in UTC and shown in your zone.")

    class Meta:
        model = User
        fields = ("number_format", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["number_format"] = self.instance.number_format or NumberFormat.COMMA
        mine = self.initial["time_zone"] = self.instance.time_zone or "UTC"
        offered = {name for _, group in zone_choices() for name, _ in group}
        own = [] if mine in offered else [("Yours", [(mine, mine)])]
        cast(forms.ChoiceField, self.fields["time_zone"]).choices = [*own, *zone_choices()]


class DetectedRegionForm(forms.Form):
    """What a browser says of the place it is in."""

    time_zone = forms.CharField(max_length=64, required=False)
    number_format = forms.ChoiceField(choices=NumberFormat.choices, required=False)

    def keep(self, user: User) -> None:
        """Take it for what the person has not chosen; a zone that is not known here counts as UTC."""
        zone = self.cleaned_data["time_zone"]
        if not user.time_zone:
            user.time_zone = zone if zone in zones() else "UTC"
        user.number_format = user.number_format or self.cleaned_data["number_format"] or NumberFormat.COMMA
        user.save(update_fields=["time_zone", "number_format"])


class ForgottenPasswordForm(PasswordResetForm):
    """Sends the link by mail; without a mail server asks the operators to hand it over."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        if settings.EMAIL_CONFIGURED:
            super().save(*args, **kwargs)
            return
        for user in self.get_users(self.cleaned_data["email"]):
            ask_operators(user)


def ask_operators(user: User) -> None:
    """A message to every operator who may help; not another one while the last was not read."""
    link = reverse("admin:accounts_user_change", args=[user.pk])
    for operator in User.objects.filter(is_staff=True, is_active=True):
        if operator.has_perm("accounts.change_user") and not operator.messages.unread().filter(link=link).exists():
            notify(
                operator,
                f"{user.username} has forgotten the password",
                "Make sure that it is really them who asks. Then choose “Make a link to set a new password” among the "
                "actions of the list of users, and hand the link over.",
                kind=Message.Kind.PASSWORD,
                link=link,
            )


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=100,
        help_text="What will use it, for example “nightly upload”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    lifetime = forms.ChoiceField(
        label="Ends after",
        choices=LIFETIMES,
        initial="90",
        help_text="A token that ends by itself does less harm when it gets lost.",
    )

    def expires(self) -> datetime | None:
        """When the token is to end, or None for never. Only after the form was found valid."""
        days: str = self.cleaned_data["lifetime"]
        return None if days == NEVER else timezone.now() + timedelta(days=int(days))
