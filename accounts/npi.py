"""National Provider Identifier: ten digits, the last one a check digit.

Source: CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit" (2004):
the Luhn formula (ISO/IEC 7812-1) over the number with 80840 in front.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

PREFIX = "80840"


def check_digit(first_nine: str) -> str:
    """The tenth digit for these nine."""
    total = 0
    for position, digit in enumerate(reversed(PREFIX + first_nine)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def is_valid(number: str) -> bool:
    return (
        len(number) == 10
        and number.isascii()
        and number.isdigit()
        and number[0] in "12"
        and check_digit(number[:9]) == number[9]
    )


def validate(number: str) -> None:
    if not is_valid(number):
        raise ValidationError(
            _("This is not a valid NPI. It has ten digits, and the last one checks the others."),
            code="npi",
        )
