"""What every check of the boundary raises."""

from __future__ import annotations

from portal.domain.refusals import reason


class Refused(Exception):
    """A message that is not accepted.

    `code` is one of `domain.refusals.REASONS`; `said` is what the message said and `expected` what it should have said, where
    that helps; neither is ever a secret. `sentence` says more than the code's own, where the case does.
    """

    def __init__(self, code: str, said: str = "", expected: str = "", sentence: str = "") -> None:
        super().__init__(code)
        self.code, self.said, self.expected = code, said[:500], expected[:500]
        self.sentence = sentence or reason(code).sentence

    @property
    def details(self) -> dict[str, str]:
        """What the troubleshooting page tells beside the reason: said, expected, and a sentence of this case's own."""
        own = "" if self.sentence == reason(self.code).sentence else self.sentence
        return {key: value for key, value in (("said", self.said), ("expected", self.expected), ("sentence", own)) if value}

    @property
    def advice(self) -> str:
        """What an admin should change."""
        return reason(self.code).advice
