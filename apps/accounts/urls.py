from django.urls import path

from apps.accounts import inbox_views, views

app_name = "accounts"
urlpatterns = [
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("sign-up/", views.sign_up, name="sign_up"),
    path("password/", views.password_reset, name="password_reset"),
    path("password/sent/", views.password_reset_sent, name="password_reset_sent"),
    path("password/<uidb64>/<token>/", views.password_reset_confirm, name="password_reset_confirm"),
    path("password/done/", views.password_reset_done, name="password_reset_done"),
    path("settings/", views.profile, name="settings"),
    path("settings/password/", views.password, name="settings_password"),
    path("settings/appearance/", views.appearance, name="settings_appearance"),
    path("settings/region/", views.detected_region, name="settings_region"),
    path("settings/tokens/", views.tokens, name="settings_tokens"),
    path("settings/tokens/<int:pk>/revoke/", views.revoke_token, name="settings_token_revoke"),
    path("inbox/", inbox_views.inbox, name="inbox"),
    path("inbox/read/", inbox_views.read_all, name="inbox_read_all"),
    path("inbox/<int:pk>/", inbox_views.open_message, name="inbox_open"),
    path("inbox/<int:pk>/read/", inbox_views.read, name="inbox_read"),
]
