"""The kinds of tokens: what each is for, and how its secret begins, so that a mix-up can be named."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TokenKind:
    """name: as people say it. prefix: how its secrets begin. use: what it opens. where: who makes one, and where."""

    name: str
    prefix: str
    use: str
    where: str


PERSONAL = TokenKind("personal token", "flz_p_", "the API of Flowza", "Make one under Settings, Personal tokens.")
PREDICTION = TokenKind(
    "prediction token", "flz_d_", "predictions of one deployment", "Its owner makes one on the deployment's page."
)
KINDS = (PERSONAL, PREDICTION)


def kind_of(secret: str) -> TokenKind | None:
    """The kind that a secret says it is by its first letters; None for the first tokens, which said nothing."""
    return next((kind for kind in KINDS if secret.startswith(kind.prefix)), None)


def wrong_kind(secret: str, expected: TokenKind) -> str:
    """What to tell someone who sent a token of another kind; "" when it may be of the expected one."""
    found = kind_of(secret)
    if found is None or found is expected:
        return ""
    return (
        f"This is a {found.name}: it opens {found.use}. Send a {expected.name} ({expected.prefix}…) here. "
        f"{expected.where}"
    )
