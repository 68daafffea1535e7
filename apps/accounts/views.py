"""Sign-in, sign-up, forgotten passwords and the settings pages."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import PasswordChangeForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts.access import member, members, public
from apps.accounts.forms import (
    DetectedRegionForm,
    ForgottenPasswordForm,
    ProfileForm,
    RegionForm,
    SignInForm,
    SignUpForm,
    TokenForm,
)
from apps.accounts.models import ApiToken, User

sign_in = public(
    auth_views.LoginView.as_view(
        template_name="accounts/sign_in.html",
        authentication_form=SignInForm,
        redirect_authenticated_user=True,
    )
)
sign_out = public(auth_views.LogoutView.as_view())

password_reset = public(
    auth_views.PasswordResetView.as_view(
        template_name="accounts/password_reset.html",
        form_class=ForgottenPasswordForm,
        email_template_name="accounts/password_reset_mail.txt",
        subject_template_name="accounts/password_reset_subject.txt",
        success_url=reverse_lazy("accounts:password_reset_sent"),
    )
)
password_reset_sent = public(
    auth_views.PasswordResetDoneView.as_view(template_name="accounts/password_reset_sent.html")
)
password_reset_confirm = public(
    auth_views.PasswordResetConfirmView.as_view(
        template_name="accounts/password_reset_confirm.html",
        success_url=reverse_lazy("accounts:password_reset_done"),
    )
)
password_reset_done = public(
    auth_views.PasswordResetCompleteView.as_view(template_name="accounts/password_reset_done.html")
)


@public
@never_cache
def sign_up(request: HttpRequest) -> HttpResponse:
    """Make an account and sign in with it, where this Flowza lets people do so themselves."""
    if request.user.is_authenticated:
        return redirect("home")
    if not settings.SIGNUP_OPEN:
        return render(request, "accounts/sign_up_closed.html", status=403)
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        login(request, user, backend="apps.accounts.backends.NameOrEmailBackend")
        return redirect("home")
    return render(request, "accounts/sign_up.html", {"form": form})


@members
def profile(request: HttpRequest) -> HttpResponse:
    """Name and e-mail address."""
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=member(request).pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("accounts:settings")
    return render(request, "accounts/profile.html", {"form": form})


@members
@never_cache
def password(request: HttpRequest) -> HttpResponse:
    """Change the password; every other session of the person ends."""
    form = PasswordChangeForm(member(request), request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        messages.success(request, "Your password is changed. You are signed out everywhere else.")
        return redirect("accounts:settings")
    return render(request, "accounts/password.html", {"form": form})


@members
def appearance(request: HttpRequest) -> HttpResponse:
    """Light or dark, kept by the browser; number format and time zone, kept with the person."""
    form = RegionForm(request.POST or None, instance=User.objects.get(pk=member(request).pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Numbers and times are shown like this from now on.")
        return redirect("accounts:settings_appearance")
    return render(request, "accounts/appearance.html", {"form": form})


@members
@require_POST
def detected_region(request: HttpRequest) -> HttpResponse:
    """What the browser found out about the person's region, for what they have not chosen themselves."""
    form = DetectedRegionForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    form.keep(User.objects.get(pk=member(request).pk))
    return HttpResponse(status=204)


@members
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """The person's tokens. A new one's secret is in the answer to its making and nowhere else."""
    person = member(request)
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        _, secret = ApiToken.issue(person, form.cleaned_data["name"], form.expires())
        form = TokenForm()
    rows = ApiToken.objects.for_user(person)
    return render(request, "accounts/tokens.html", {"form": form, "secret": secret, "tokens": rows})


@members
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token at once."""
    token = get_object_or_404(ApiToken.objects.for_user(request.user), pk=pk)
    token.revoke()
    messages.success(request, f"“{token.name}” is revoked. Programs that use it are refused from now on.")
    return redirect("accounts:settings_tokens")
